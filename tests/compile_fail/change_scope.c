/* expect: (incomplete type|undefined type|incomplete definition of type) */
/* Nor look into one, nor change its tenant. */
#include "query/query.h"

void change(struct tenant_scope *scope);
void change(struct tenant_scope *scope)
{
    scope->tenant.v = 2;
}
