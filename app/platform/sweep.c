/* What is past its time, over all tenants: open turns to settle, idempotency keys to forget; for
 * the workers' housekeeping. */
#include "platform/lookup.h"

#include "read_row.h"

int lookup_overdue_turns(struct platform p, int64_t now_unix_ms, int limit, struct arena *arena,
                         struct overdue_turn **out, size_t *count, struct error *err)
{
    const struct value values[] = { VALUE_OF_INTEGER(now_unix_ms), VALUE_OF_INTEGER(limit) };
    struct rows rows;
    if (db_run(p.db,
               "SELECT tenant_id, turn_id, scope FROM turn"
               " WHERE state = 'open' AND deadline_ms < ? ORDER BY deadline_ms LIMIT ?",
               values, 2, arena, &rows, NULL, err) != 0)
        return -1;
    struct overdue_turn *list = arena_array_of(arena, struct overdue_turn, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = (struct overdue_turn){
            .tenant = row_tenant(&rows, i, 0),
            .turn.v = row_uuid(&rows, i, 1),
            .scope = row_bytes(&rows, i, 2),
        };
    *out = list;
    *count = rows.count;
    return 0;
}

int sweep_idempotency(struct platform p, int64_t now_unix_ms, struct error *err)
{
    return db_run(p.db,
                  "DELETE FROM idempotency WHERE expires_ms < ? ORDER BY expires_ms LIMIT 1000",
                  &VALUE_OF_INTEGER(now_unix_ms), 1, NULL, NULL, NULL, err);
}
