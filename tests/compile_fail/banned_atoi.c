/* expect: (attempt to use poisoned "atoi"|attempt to use a poisoned identifier) */
/* Numbers are read whole or not at all. */
#include "base/banned.h"

int number(const char *text);
int number(const char *text)
{
    return atoi(text);
}
