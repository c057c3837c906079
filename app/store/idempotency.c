/* Idempotency keys, for the doors of a turn. */
#include "store/idempotency.h"

#include "row.h"

int idempotency_claim(const struct tenant_scope *scope, struct db *db, struct str key,
                      const struct idempotency *claim, bool *claimed_out, struct error *err)
{
    int64_t changed;
    if (query_insert(scope, db,
                     &(struct insert){
                         .into = schema.idempotency.table,
                         .values = { set(schema.idempotency.name, key),
                                     set(schema.idempotency.body, claim->body),
                                     set(schema.idempotency.turn_id, claim->turn),
                                     set(schema.idempotency.expires_ms, claim->expires_ms) },
                         .unless_there = true,
                     },
                     &changed, err) < 0)
        return -1;
    *claimed_out = changed > 0;
    return 0;
}

int idempotency_find(const struct tenant_scope *scope, struct db *db, struct str key,
                     struct arena *arena, struct idempotency *out, struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.idempotency.table,
                         .columns = { schema.idempotency.body.c, schema.idempotency.turn_id.c,
                                      schema.idempotency.expires_ms.c },
                         .where = { eq(schema.idempotency.name, key) },
                         .limit = 1,
                     },
                     arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "key_not_found", "Nobody has used this key.");
    *out = (struct idempotency){ row_text(&rows, 0, 0),
                                 { row_uuid(&rows, 0, 1) },
                                 row_number(&rows, 0, 2) };
    return 0;
}

int idempotency_drop(const struct tenant_scope *scope, struct db *db, struct str key,
                     struct error *err)
{
    int64_t changed;
    return query_delete(scope, db,
                        &(struct delete){
                            .from = schema.idempotency.table,
                            .row = { eq(schema.idempotency.name, key) },
                        },
                        &changed, err);
}
