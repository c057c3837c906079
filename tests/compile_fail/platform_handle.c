/* expect: (incompatible type for argument 2|passing 'struct platform' to parameter of incompatible type) */
/* The house's handle runs no tenant's statements. */
#include "platform/platform.h"
#include "query/query.h"

int read_all(const struct tenant_scope *scope, struct platform house, struct arena *arena,
             struct rows *rows, struct error *err);
int read_all(const struct tenant_scope *scope, struct platform house, struct arena *arena,
             struct rows *rows, struct error *err)
{
    return query_select(scope, house,
                        &(struct select){ .from = schema.message.table,
                                          .columns = { schema.message.content.c },
                                          .limit = 1 },
                        arena, rows, err);
}
