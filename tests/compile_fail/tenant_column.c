/* expect: (has no member named .tenant_id|no member named 'tenant_id') */
/* Nor has the tenant's column: nobody sets it, nobody compares with it. */
#include "query/query.h"

struct condition elsewhere(void);
struct condition elsewhere(void)
{
    return eq(schema.message.tenant_id, 2);
}
