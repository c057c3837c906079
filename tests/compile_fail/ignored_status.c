/* expect: (ignoring return value|unused-result) */
/* The outcome of a statement is not ignored. */
#include "query/query.h"

void forget(const struct tenant_scope *scope, struct db *db, struct message_id id,
            struct error *err);
void forget(const struct tenant_scope *scope, struct db *db, struct message_id id,
            struct error *err)
{
    int64_t changed;
    query_delete(scope, db,
                 &(struct delete){ .from = schema.message.table,
                                   .row = { eq(schema.message.message_id, id) } },
                 &changed, err);
}
