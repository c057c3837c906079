/* Makes the providers and models of a tenant: who can be called, by which ways, under which names.
 */
#include "fill.h"

#include "net/header.h"
#include "net/url.h"

#define TOKENS_MAX 100000000
#define PRICE_MAX  1000000000000 /* a million units per million tokens */
#define WEIGHT_MAX 1000

static const char *cut_slashes(struct fill *fill, const char *url)
{
    struct str text = str_of(url);
    while (text.len && text.at[text.len - 1] == '/')
        text.len--;
    return arena_copy(fill->arena, text).at;
}

static bool open_key(struct fill *fill, const struct provider_row *row, struct str *out)
{
    struct seal_place place = { .tenant = fill->rows->tenant.id,
                                .table = "provider",
                                .column = "api_key",
                                .row = { (const char *)row->id.v.b, 16 } };
    struct error ignored;
    if (!row->api_key.at)
        return true;
    return fill->rows->data_key &&
           !unseal(fill->arena, fill->rows->data_key, &place, row->api_key, out, &ignored);
}

/* A model without kind is one whose provider cannot be called. */
static struct upstream fill_provider(struct fill *fill, const struct provider_row *row)
{
    struct upstream upstream = { .kind = provider_kind_find(row->kind), .id = row->id };
    const char *defect = NULL;
    struct error err;
    struct url url;
    if (!upstream.kind)
        defect = "unknown kind";
    else if (!url_read(str_of(row->base_url), false, &url))
        defect = "bad base_url";
    else if (!open_key(fill, row, &upstream.api_key))
        defect = "its key does not open";
    else if (provider_options_read(upstream.kind, str_of(row->options), fill->arena,
                                   &upstream.options, &err) != 0)
        defect = err.message;
    else if (upstream.api_key.at && !header_key_is_good(upstream.api_key))
        defect = "its key cannot be sent";
    if (defect) {
        fill_complain(fill, "provider", row->name, defect);
        return (struct upstream){ .id = row->id };
    }
    upstream.base_url = cut_slashes(fill, row->base_url);
    return upstream;
}

/* Providers, as the routes of models name them. */
struct upstreams {
    struct upstream *list;
    size_t count;
};

static const struct upstream *upstream_of(const struct upstreams *upstreams, struct provider_id id)
{
    for (size_t i = 0; i < upstreams->count; i++)
        if (provider_id_equal(upstreams->list[i].id, id))
            return upstreams->list[i].kind ? &upstreams->list[i] : NULL;
    return NULL;
}

static bool is_price(int64_t price)
{
    return price >= 0 && price <= PRICE_MAX;
}

static const char *model_defect(const struct model_row *row)
{
    if (!*row->name)
        return "no name";
    if (row->context_tokens < 1 || row->context_tokens > TOKENS_MAX || row->output_tokens < 1 ||
        row->output_tokens > TOKENS_MAX)
        return "token limits";
    if (!is_price(row->price_in) || !is_price(row->price_cached) || !is_price(row->price_out))
        return "price";
    return NULL;
}

/* A route that cannot be used costs only itself, the last one its model. */
static void fill_routes(struct fill *fill, const struct model_row *row,
                        const struct upstreams *upstreams, struct model *model)
{
    struct model_route *routes = arena_array_of(fill->arena, struct model_route, row->route_count);
    model->routes = routes;
    for (size_t i = 0; i < row->route_count; i++) {
        const struct route_row *from = &row->routes[i];
        const struct upstream *upstream = upstream_of(upstreams, from->provider);
        if (!upstream || !*from->upstream_name || from->weight < 0 || from->weight > WEIGHT_MAX) {
            fill_complain(fill, "model", row->name,
                          upstream ? "a route" : "the provider of a route cannot be used");
            continue;
        }
        struct model_route *route = &routes[model->route_count++];
        *route = (struct model_route){ .upstream = *upstream, .weight = from->weight };
        route->upstream.model = fill_keep(fill, from->upstream_name);
        route->upstream.public_name = model->name;
    }
}

static struct model fill_model(struct fill *fill, const struct model_row *row)
{
    struct model model = { .name = fill_keep(fill, row->name),
                           .alias_count = row->alias_count,
                           .context_tokens = row->context_tokens,
                           .output_tokens = row->output_tokens,
                           .price_in = row->price_in,
                           .price_cached = row->price_cached,
                           .price_out = row->price_out,
                           .created_ms = row->created_ms };
    const char **aliases = arena_array_of(fill->arena, const char *, row->alias_count);
    for (size_t i = 0; i < row->alias_count; i++)
        aliases[i] = fill_keep(fill, row->aliases[i]);
    model.aliases = aliases;
    model.label = row->label && *row->label ? fill_keep(fill, row->label) : model.name;
    return model;
}

static bool comes_back(const struct model *model, const struct model *fallback)
{
    for (const struct model *m = fallback; m; m = m->fallback)
        if (m == model)
            return true;
    return false;
}

/* One after the other, and none that would close a circle: so no walk along them is without end. */
static void fill_fallbacks(struct fill *fill, const struct tenant *tenant, struct model *models)
{
    for (size_t i = 0; i < fill->rows->model_count; i++) {
        const struct model_row *row = &fill->rows->models[i];
        const struct model *own = tenant_model(tenant, str_of(row->name)), *other = NULL;
        if (own && row->fallback)
            other = tenant_model(tenant, str_of(row->fallback));
        if (own && row->fallback && (!other || comes_back(own, other)))
            fill_complain(fill, "model", row->name, "its fallback cannot be used");
        else if (own)
            models[own - models].fallback = other;
    }
}

void fill_models(struct fill *fill, struct tenant *out)
{
    const struct tenant_rows *rows = fill->rows;
    struct upstreams upstreams = {
        arena_array_of(fill->arena, struct upstream, rows->provider_count + 1), rows->provider_count
    };
    struct model *models = arena_array_of(fill->arena, struct model, rows->model_count + 1);
    for (size_t i = 0; i < rows->provider_count; i++)
        upstreams.list[i] = fill_provider(fill, &rows->providers[i]);
    out->models = models;
    for (size_t i = 0; i < rows->model_count; i++) {
        const char *defect = model_defect(&rows->models[i]);
        if (defect) {
            fill_complain(fill, "model", rows->models[i].name, defect);
            continue;
        }
        models[out->model_count] = fill_model(fill, &rows->models[i]);
        fill_routes(fill, &rows->models[i], &upstreams, &models[out->model_count]);
        if (models[out->model_count].route_count)
            out->model_count++;
        else
            fill_complain(fill, "model", rows->models[i].name, "nobody serves it");
    }
    fill_fallbacks(fill, out, models);
}
