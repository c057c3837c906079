/* Makes and re-wraps data keys, for insulactl. */
#include "operate_change.h"
#include "crypto/digest.h"
#include "crypto/random.h"

int operate_house_key_make(struct platform p, const struct key_ring *ring, bool *made_out,
                           struct error *err)
{
    struct arena *arena = arena_new(16384);
    unsigned char key[DATA_KEY_BYTES];
    random_bytes(key, sizeof key);
    struct str wrapped;
    int64_t made = 0;
    int failed = data_key_wrap(arena, ring, (struct tenant_id){ 0 }, key, &wrapped, err) ||
                 db_run(p.db, "INSERT IGNORE INTO data_key (tenant_id, wrapped) VALUES (0, ?)",
                        (struct value[]){ VALUE_OF_BYTES(wrapped) }, 1, NULL, NULL, &made, err);
    wipe(key, sizeof key);
    arena_free(&arena);
    if (failed)
        return -1;
    *made_out = made > 0;
    return 0;
}

int operate_data_keys(struct platform p, struct arena *arena, struct data_key_row **out,
                      size_t *count, struct error *err)
{
    struct rows rows;
    if (db_run(p.db, "SELECT tenant_id, wrapped FROM data_key ORDER BY tenant_id", NULL, 0, arena,
               &rows, NULL, err))
        return -1;
    struct data_key_row *keys = arena_array_of(arena, struct data_key_row, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        keys[i].tenant.v = (uint32_t)row_number(&rows, i, 0);
        keys[i].wrapped = row_bytes(&rows, i, 1);
    }
    *out = keys;
    *count = rows.count;
    return 0;
}

/* One statement, and only over the very record that was read: a rotation at the same time wins or
 * loses whole. The data key itself stays, so no generation need be raised. */
int operate_data_key_rewrap(struct platform p, const struct key_ring *ring,
                            const struct data_key_row *row, struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    if (data_key_unwrap(ring, row->tenant, row->wrapped, key, err))
        return -1;
    struct arena *arena = arena_new(16384);
    struct str wrapped;
    int failed = data_key_wrap(arena, ring, row->tenant, key, &wrapped, err);
    wipe(key, sizeof key);
    if (!failed)
        failed = db_run(p.db, "UPDATE data_key SET wrapped = ? WHERE tenant_id = ? AND wrapped = ?",
                        (struct value[]){ VALUE_OF_BYTES(wrapped), VALUE_OF_INTEGER(row->tenant.v),
                                          VALUE_OF_BYTES(row->wrapped) },
                        3, NULL, NULL, NULL, err);
    arena_free(&arena);
    return failed ? -1 : 0;
}
