/* expect: (incompatible type for argument|to parameter of incompatible type) */
/* A bare number is no tenant. */
#include "platform/lookup.h"

int peek(struct platform p, struct arena *arena, struct tenant_row *row, struct error *err);
int peek(struct platform p, struct arena *arena, struct tenant_row *row, struct error *err)
{
    return lookup_tenant(p, 2, arena, row, err);
}
