/* expect: (attempt to use poisoned "system"|attempt to use a poisoned identifier) */
/* No shell is started. */
#include "base/banned.h"

int run(void);
int run(void)
{
    return system("true");
}
