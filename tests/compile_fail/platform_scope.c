/* expect: (incompatible type for argument 1|to parameter of incompatible type 'struct platform') */
/* And a scope does not open the house's tables. */
#include "platform/lookup.h"
#include "query/query.h"

int peek(const struct tenant_scope *scope, struct arena *arena, struct tenant_row *row,
         struct error *err);
int peek(const struct tenant_scope *scope, struct arena *arena, struct tenant_row *row,
         struct error *err)
{
    return lookup_tenant(scope, (struct tenant_id){ 2 }, arena, row, err);
}
