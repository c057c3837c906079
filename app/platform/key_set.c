/* Fetched key sets, and whose turn it is to fetch, shared by all workers; for auth/. */
#include "platform/key_set.h"

#include "read_row.h"

int key_set_read(struct platform p, struct idp_id idp, struct arena *arena, struct key_set_row *out,
                 struct error *err)
{
    struct rows rows;
    if (read_rows(p, "SELECT document, fetched_ms, attempted_ms FROM key_set WHERE idp_id = ?",
                  VALUE_OF_ID(idp), arena, &rows, err) != 0)
        return -1;
    *out = (struct key_set_row){ 0 };
    if (rows.count == 0)
        return 0;
    out->document = row_bytes(&rows, 0, 0);
    out->fetched_ms = row_number(&rows, 0, 1);
    out->attempted_ms = row_number(&rows, 0, 2);
    return 0;
}

/* One statement decides. An attempt that seems to lie in the future by more than the cool-down
 * comes of a clock that was set back, and binds nobody. */
int key_set_claim(struct platform p, struct idp_id idp, int64_t now_unix_ms, int64_t cooldown_ms,
                  bool *claimed_out, struct error *err)
{
    const struct value values[] = {
        VALUE_OF_ID(idp),
        VALUE_OF_INTEGER(now_unix_ms),
        VALUE_OF_INTEGER(now_unix_ms - cooldown_ms + 1),
        VALUE_OF_INTEGER(now_unix_ms + cooldown_ms),
    };
    int64_t changed = 0;
    if (db_run(p.db,
               "INSERT INTO key_set (idp_id, attempted_ms) VALUES (?, ?)"
               " ON DUPLICATE KEY UPDATE attempted_ms ="
               " IF(attempted_ms BETWEEN ? AND ?, attempted_ms, VALUES(attempted_ms))",
               values, 4, NULL, NULL, &changed, err) != 0)
        return -1;
    *claimed_out = changed > 0;
    return 0;
}

int key_set_store(struct platform p, struct idp_id idp, int64_t now_unix_ms, struct str document,
                  struct error *err)
{
    const struct value values[] = { VALUE_OF_ID(idp), VALUE_OF_BYTES(document),
                                    VALUE_OF_INTEGER(now_unix_ms) };
    return db_run(p.db,
                  "INSERT INTO key_set (idp_id, document, fetched_ms) VALUES (?, ?, ?)"
                  " ON DUPLICATE KEY UPDATE document = VALUES(document),"
                  " fetched_ms = VALUES(fetched_ms)",
                  values, 3, NULL, NULL, NULL, err);
}
