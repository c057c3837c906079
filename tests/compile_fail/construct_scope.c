/* expect: variable has incomplete type|has initializer but incomplete type */
/* Nobody outside auth/ can make a scope. */
#include "query/query.h"

const struct tenant_scope *mine(void);
const struct tenant_scope *mine(void)
{
    static const struct tenant_scope scope = { .tenant = { 1 } };
    return &scope;
}
