/* What a tenant offers: its providers and the models on its allow-list; read for tenancy/. */
#include "platform/lookup.h"

#include "read_row.h"

int lookup_providers(struct platform p, struct tenant_id id, struct arena *arena,
                     struct provider_row **out, size_t *count, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT provider_id, name, kind, base_url, key_last4, api_key, options"
                  " FROM provider WHERE tenant_id = ? ORDER BY provider_id",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    struct provider_row *list = arena_array_of(arena, struct provider_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = (struct provider_row){
            .id.v = row_uuid(&rows, i, 0),
            .name = row_c(&rows, i, 1),
            .kind = row_c(&rows, i, 2),
            .base_url = row_c(&rows, i, 3),
            .key_last4 = row_c(&rows, i, 4),
            .api_key = row_bytes(&rows, i, 5),
            .options = row_c(&rows, i, 6),
        };
    *out = list;
    *count = rows.count;
    return 0;
}

/* Where the rows of a model, or of a later one, begin: all lists are in the models' order. */
static size_t skip_to_model(const struct rows *rows, size_t at, const char *model)
{
    while (at < rows->count && strcmp(row_c(rows, at, 0), model) < 0)
        at++;
    return at;
}

static size_t count_of_model(const struct rows *rows, size_t at, const char *model)
{
    size_t count = 0;
    while (at + count < rows->count && !strcmp(row_c(rows, at + count, 0), model))
        count++;
    return count;
}

static int add_routes(struct platform p, struct tenant_id id, struct arena *arena,
                      struct model_row *list, size_t count, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT model, provider_id, upstream_name, weight FROM model_route"
                  " WHERE tenant_id = ? ORDER BY model, place",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    struct route_row *routes = arena_array_of(arena, struct route_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        routes[i] = (struct route_row){ .provider.v = row_uuid(&rows, i, 1),
                                        .upstream_name = row_c(&rows, i, 2),
                                        .weight = (int)row_number(&rows, i, 3) };
    for (size_t i = 0, at = 0; i < count; at += list[i++].route_count) {
        at = skip_to_model(&rows, at, list[i].name);
        list[i].routes = routes + at;
        list[i].route_count = count_of_model(&rows, at, list[i].name);
    }
    return 0;
}

static int add_aliases(struct platform p, struct tenant_id id, struct arena *arena,
                       struct model_row *list, size_t count, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT model, alias FROM model_alias WHERE tenant_id = ? ORDER BY model, alias",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    const char **aliases = arena_array_of(arena, const char *, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        aliases[i] = row_c(&rows, i, 1);
    for (size_t i = 0, at = 0; i < count; at += list[i++].alias_count) {
        at = skip_to_model(&rows, at, list[i].name);
        list[i].aliases = aliases + at;
        list[i].alias_count = count_of_model(&rows, at, list[i].name);
    }
    return 0;
}

int lookup_models(struct platform p, struct tenant_id id, struct arena *arena,
                  struct model_row **out, size_t *count, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT name, label, fallback, context_tokens, output_tokens,"
                  " price_in, price_cached, price_out, created_ms FROM model"
                  " WHERE tenant_id = ? ORDER BY name",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    struct model_row *list = arena_array_of(arena, struct model_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = (struct model_row){
            .name = row_c(&rows, i, 0),
            .label = row_c(&rows, i, 1),
            .fallback = row_c(&rows, i, 2),
            .context_tokens = row_number(&rows, i, 3),
            .output_tokens = row_number(&rows, i, 4),
            .price_in = row_number(&rows, i, 5),
            .price_cached = row_number(&rows, i, 6),
            .price_out = row_number(&rows, i, 7),
            .created_ms = row_number(&rows, i, 8),
        };
    if (add_routes(p, id, arena, list, rows.count, err) ||
        add_aliases(p, id, arena, list, rows.count, err))
        return -1;
    *out = list;
    *count = rows.count;
    return 0;
}
