/* expect: (incompatible type for argument|to parameter of incompatible type|makes integer from pointer|incompatible pointer to integer) */
/* A text is not put where a number belongs: MariaDB would call 'x' and 0 the same. */
#include "query/query.h"

struct condition mixed(void);
struct condition mixed(void)
{
    return eq(schema.budget.period, "202611");
}
