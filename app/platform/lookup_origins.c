/* Whose web pages may read a tenant's answers; read for tenancy/. */
#include "platform/lookup.h"

#include "read_row.h"

int lookup_origins(struct platform p, struct tenant_id id, struct arena *arena, const char ***out,
                   size_t *count, struct error *err)
{
    struct rows rows;
    if (read_rows(p, "SELECT origin FROM cors_origin WHERE tenant_id = ? ORDER BY origin",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    const char **list = arena_array_of(arena, const char *, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = row_c(&rows, i, 0);
    *out = list;
    *count = rows.count;
    return 0;
}

/* Asked before anybody is known: one short answer, so a little memory of its own is enough. */
int lookup_origin(struct platform p, struct str origin, bool *is_known_out, struct error *err)
{
    struct arena *arena = arena_new(4096);
    struct rows rows;
    int rc = read_rows(p, "SELECT tenant_id FROM cors_origin WHERE origin = ? LIMIT 1",
                       VALUE_OF_BYTES(origin), arena, &rows, err);
    if (rc == 0)
        *is_known_out = rows.count > 0;
    arena_free(&arena);
    return rc;
}
