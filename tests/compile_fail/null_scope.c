/* expect: (argument 1 null where non-null expected|null passed to a callee that requires a non-null) */
/* No scope, no statement. */
#include "query/query.h"

int read_all(struct db *db, struct arena *arena, struct rows *rows, struct error *err);
int read_all(struct db *db, struct arena *arena, struct rows *rows, struct error *err)
{
    return query_select(NULL, db,
                        &(struct select){ .from = schema.message.table,
                                          .columns = { schema.message.content.c },
                                          .limit = 1 },
                        arena, rows, err);
}
