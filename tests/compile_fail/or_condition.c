/* expect: (.OP_OR. undeclared|undeclared identifier 'OP_OR') */
/* There is no OR that could undo the tenant's condition. */
#include "query/query.h"

struct condition either(void);
struct condition either(void)
{
    return (struct condition){ .operation = OP_OR, .column = schema.message.role.c };
}
