/* expect: (attempt to use poisoned "strcpy"|attempt to use a poisoned identifier) */
/* Copies have a length here. */
#include "base/banned.h"

void copy(char *to, const char *from);
void copy(char *to, const char *from)
{
    strcpy(to, from);
}
