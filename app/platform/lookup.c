/* A tenant's own rows: itself, its settings, its data key; read for tenancy/. */
#include "platform/lookup.h"

#include "read_row.h"

#define TENANT_COLUMNS "SELECT tenant_id, slug, name, status, generation, created_ms FROM tenant"

static enum tenant_status status_of(struct str text)
{
    if (str_is(text, "active"))
        return TENANT_ACTIVE;
    return str_is(text, "suspended") ? TENANT_SUSPENDED : TENANT_ERASING;
}

static int no_tenant(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "tenant_not_found", "There is no such tenant.");
}

static int find_tenant(struct platform p, const char *sql, struct value key, struct arena *arena,
                       struct tenant_row *out, struct error *err)
{
    struct rows rows;
    if (read_rows(p, sql, key, arena, &rows, err) != 0)
        return -1;
    if (rows.count == 0)
        return no_tenant(err);
    *out = (struct tenant_row){
        .id = row_tenant(&rows, 0, 0),
        .slug = row_c(&rows, 0, 1),
        .name = row_c(&rows, 0, 2),
        .status = status_of(row_bytes(&rows, 0, 3)),
        .generation = row_number(&rows, 0, 4),
        .created_ms = row_number(&rows, 0, 5),
    };
    return 0;
}

int lookup_tenant(struct platform p, struct tenant_id id, struct arena *arena,
                  struct tenant_row *out, struct error *err)
{
    return find_tenant(p, TENANT_COLUMNS " WHERE tenant_id = ?", VALUE_OF_INTEGER(id.v), arena, out,
                       err);
}

int lookup_tenant_by_slug(struct platform p, const char *slug, struct arena *arena,
                          struct tenant_row *out, struct error *err)
{
    return find_tenant(p, TENANT_COLUMNS " WHERE slug = ?", value_of_c(slug), arena, out, err);
}

/* Once per request and 300 ms: one integer, so a little memory of its own is enough. */
int lookup_generation(struct platform p, struct tenant_id id, int64_t *generation_out,
                      struct error *err)
{
    struct arena *arena = arena_new(4096);
    struct rows rows;
    int rc = read_rows(p, "SELECT generation FROM tenant WHERE tenant_id = ?",
                       VALUE_OF_INTEGER(id.v), arena, &rows, err);
    if (rc == 0 && rows.count == 0)
        rc = no_tenant(err);
    if (rc == 0)
        *generation_out = row_number(&rows, 0, 0);
    arena_free(&arena);
    return rc;
}

int lookup_setting(struct platform p, struct tenant_id id, struct arena *arena,
                   struct setting_row *out, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT brand_color, logo_type, welcome, default_model, locale, disconnect,"
                  " currency, logo, COALESCE(monthly_budget, -1), stream_limit"
                  " FROM setting WHERE tenant_id = ?",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    if (rows.count == 0)
        return no_tenant(err);
    *out = (struct setting_row){
        .brand_color = row_c(&rows, 0, 0),
        .logo_type = row_c(&rows, 0, 1),
        .welcome = row_c(&rows, 0, 2),
        .default_model = row_c(&rows, 0, 3),
        .locale = row_c(&rows, 0, 4),
        .disconnect = row_c(&rows, 0, 5),
        .currency = row_c(&rows, 0, 6),
        .logo = row_bytes(&rows, 0, 7),
        .monthly_budget = row_number(&rows, 0, 8),
        .stream_limit = (int)row_number(&rows, 0, 9),
    };
    return 0;
}

int lookup_data_key(struct platform p, struct tenant_id id, struct arena *arena, struct str *out,
                    struct error *err)
{
    struct rows rows;
    if (read_rows(p, "SELECT wrapped FROM data_key WHERE tenant_id = ?", VALUE_OF_INTEGER(id.v),
                  arena, &rows, err) != 0)
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "data_key_not_found", "There is no such data key.");
    *out = row_bytes(&rows, 0, 0);
    return 0;
}
