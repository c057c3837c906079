/* expect: (incompatible pointer type|too few arguments) */
/* Every statement takes the scope first. */
#include "query/query.h"

int read_all(struct db *db, struct arena *arena, struct rows *rows, struct error *err);
int read_all(struct db *db, struct arena *arena, struct rows *rows, struct error *err)
{
    return query_select(db,
                        &(struct select){ .from = schema.message.table,
                                          .columns = { schema.message.content.c },
                                          .limit = 1 },
                        arena, rows, err);
}
