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

int lookup_models(struct platform p, struct tenant_id id, struct arena *arena,
                  struct model_row **out, size_t *count, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT name, upstream_name, label, provider_id, context_tokens, output_tokens,"
                  " price_in, price_cached, price_out, created_ms FROM model"
                  " WHERE tenant_id = ? ORDER BY name",
                  VALUE_OF_INTEGER(id.v), arena, &rows, err) != 0)
        return -1;
    struct model_row *list = arena_array_of(arena, struct model_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = (struct model_row){
            .name = row_c(&rows, i, 0),
            .upstream_name = row_c(&rows, i, 1),
            .label = row_c(&rows, i, 2),
            .provider.v = row_uuid(&rows, i, 3),
            .context_tokens = row_number(&rows, i, 4),
            .output_tokens = row_number(&rows, i, 5),
            .price_in = row_number(&rows, i, 6),
            .price_cached = row_number(&rows, i, 7),
            .price_out = row_number(&rows, i, 8),
            .created_ms = row_number(&rows, i, 9),
        };
    *out = list;
    *count = rows.count;
    return 0;
}
