/* expect: (incompatible pointer type|incompatible pointer types) */
/* No query function takes SQL text. */
#include "query/query.h"

int read_all(const struct tenant_scope *scope, struct db *db, struct arena *arena,
             struct rows *rows, struct error *err);
int read_all(const struct tenant_scope *scope, struct db *db, struct arena *arena,
             struct rows *rows, struct error *err)
{
    return query_select(scope, db, "SELECT content FROM message", arena, rows, err);
}
