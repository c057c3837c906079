/* expect: (attempt to use poisoned "sprintf"|attempt to use a poisoned identifier) */
/* Texts have a maximum here. */
#include "base/banned.h"

void show(char *to, int n);
void show(char *to, int n)
{
    sprintf(to, "%d", n);
}
