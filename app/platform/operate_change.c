/* What all of insulactl's changes and reads have in common. */
#include "operate_change.h"

int tenant_raise(struct db *db, struct tenant_id id, struct error *err)
{
    int64_t changed = 0;
    if (db_run(db, "UPDATE tenant SET generation = generation + 1 WHERE tenant_id = ?",
               (struct value[]){ VALUE_OF_INTEGER(id.v) }, 1, NULL, NULL, &changed, err))
        return -1;
    if (changed == 0)
        return fail(err, ERROR_NOT_FOUND, "tenant_not_found", "There is no such tenant.");
    return 0;
}

int count_rows(struct db *db, const char *sql, const struct value *values, size_t value_count,
               int64_t *out, struct error *err)
{
    struct arena *arena = arena_new(16384);
    struct rows rows = { 0 };
    int failed = db_run(db, sql, values, value_count, arena, &rows, NULL, err);
    if (!failed)
        *out = rows.count > 0 ? row_number(&rows, 0, 0) : 0;
    arena_free(&arena);
    return failed;
}
