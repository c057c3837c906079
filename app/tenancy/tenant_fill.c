/* Makes a tenant of its rows, each value checked once, so that nobody checks it later. */
#include "tenant_fill.h"

#include "base/codec.h"
#include "base/log.h"
#include "net/header.h"
#include "net/url.h"

#define LOGO_MAX_BYTES (64 * 1024)
#define TOKENS_MAX     100000000
#define PRICE_MAX      1000000000000 /* a million units per million tokens */
#define DISCONNECT_USUAL                                                                           \
    {                                                                                              \
        DISCONNECT_DRAIN_SECONDS, 20                                                               \
    }

struct fill {
    struct arena *arena;
    const struct tenant_rows *rows;
    bool complete;
};

static void complain(struct fill *fill, const char *what, const char *name, const char *why)
{
    char detail[200];
    snprintf(detail, sizeof detail, "%s %s: %s", what, name, why);
    log_write(&(struct log_line){ .level = LOG_ALARM,
                                  .event = "tenant.incomplete",
                                  .tenant = fill->rows->tenant.id,
                                  .ms = -1,
                                  .tokens_in = -1,
                                  .tokens_out = -1,
                                  .detail = detail });
    fill->complete = false;
}

static const char *keep(struct fill *fill, const char *text)
{
    return arena_copy(fill->arena, str_of(text ? text : "")).at;
}

/* ---- settings ---- */

static bool is_made_of(const char *text, const char *allowed, size_t min, size_t max)
{
    size_t len = strlen(text);
    return len >= min && len <= max && strspn(text, allowed) == len;
}

#define UPPER   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS UPPER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

static bool is_color(const char *text)
{
    return *text == '#' && is_made_of(text + 1, DIGITS "abcdefABCDEF", 6, 6);
}

static const char *setting(struct fill *fill, const char *what, const char *value, bool good,
                           const char *otherwise)
{
    if (!good)
        complain(fill, "setting", what, "not valid");
    return good ? keep(fill, value) : otherwise;
}

static struct str logo_url(struct fill *fill, const struct setting_row *row)
{
    static const char *const types[] = { "image/png", "image/jpeg", "image/webp" };
    if (!row->logo.at || !row->logo.len)
        return STR("");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(row->logo_type, types[i]) && row->logo.len <= LOGO_MAX_BYTES) {
            struct str data = base64_encode(fill->arena, row->logo);
            return str_of(
                arena_printf(fill->arena, "data:%s;base64,%.*s", types[i], STR_ARGS(data)));
        }
    complain(fill, "setting", "logo", "not valid");
    return STR("");
}

static void fill_setting(struct fill *fill, struct tenant *out)
{
    const struct setting_row *row = &fill->rows->setting;
    out->brand_color =
        setting(fill, "brand_color", row->brand_color, is_color(row->brand_color), "#444444");
    out->locale = setting(fill, "locale", row->locale,
                          is_made_of(row->locale, LETTERS DIGITS "-", 1, 35), "en");
    out->currency =
        setting(fill, "currency", row->currency, is_made_of(row->currency, UPPER, 3, 3), "USD");
    out->welcome = keep(fill, row->welcome);
    out->logo_url = logo_url(fill, row);
    out->monthly_budget = row->monthly_budget >= 0 ? row->monthly_budget : -1;
    out->stream_limit = row->stream_limit > 0 ? row->stream_limit : 0;
    if (!disconnect_parse(str_of(row->disconnect), &out->disconnect)) {
        complain(fill, "setting", "disconnect", "not valid");
        out->disconnect = (struct disconnect_policy)DISCONNECT_USUAL;
    }
}

static void fill_origins(struct fill *fill, struct tenant *out)
{
    const struct tenant_rows *rows = fill->rows;
    const char **list = arena_array_of(fill->arena, const char *, rows->origin_count + 1);
    for (size_t i = 0; i < rows->origin_count; i++)
        if (url_is_origin(str_of(rows->origins[i])))
            list[out->origin_count++] = keep(fill, rows->origins[i]);
        else
            complain(fill, "origin", rows->origins[i], "not valid");
    out->origins = list;
}

/* ---- providers and models ---- */

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
        complain(fill, "provider", row->name, defect);
        return (struct upstream){ .id = row->id };
    }
    upstream.base_url = cut_slashes(fill, row->base_url);
    return upstream;
}

static const struct upstream *upstream_of(const struct upstream *upstreams, size_t count,
                                          struct provider_id id)
{
    for (size_t i = 0; i < count; i++)
        if (provider_id_equal(upstreams[i].id, id))
            return upstreams[i].kind ? &upstreams[i] : NULL;
    return NULL;
}

static bool is_price(int64_t price)
{
    return price >= 0 && price <= PRICE_MAX;
}

static const char *model_defect(const struct model_row *row, const struct upstream *upstream)
{
    if (!upstream)
        return "its provider cannot be used";
    if (!*row->name || !*row->upstream_name)
        return "no name";
    if (row->context_tokens < 1 || row->context_tokens > TOKENS_MAX || row->output_tokens < 1 ||
        row->output_tokens > TOKENS_MAX)
        return "token limits";
    if (!is_price(row->price_in) || !is_price(row->price_cached) || !is_price(row->price_out))
        return "price";
    return NULL;
}

static struct model fill_model(struct fill *fill, const struct model_row *row,
                               const struct upstream *upstream)
{
    struct model_route *route = arena_new_of(fill->arena, struct model_route);
    struct model model = { .name = keep(fill, row->name),
                           .routes = route,
                           .route_count = 1,
                           .context_tokens = row->context_tokens,
                           .output_tokens = row->output_tokens,
                           .price_in = row->price_in,
                           .price_cached = row->price_cached,
                           .price_out = row->price_out,
                           .created_ms = row->created_ms };
    model.label = row->label && *row->label ? keep(fill, row->label) : model.name;
    *route = (struct model_route){ .upstream = *upstream, .weight = 1 };
    route->upstream.model = keep(fill, row->upstream_name);
    route->upstream.public_name = model.name;
    return model;
}

static void fill_models(struct fill *fill, struct tenant *out)
{
    const struct tenant_rows *rows = fill->rows;
    struct upstream *upstreams =
        arena_array_of(fill->arena, struct upstream, rows->provider_count + 1);
    struct model *models = arena_array_of(fill->arena, struct model, rows->model_count + 1);
    for (size_t i = 0; i < rows->provider_count; i++)
        upstreams[i] = fill_provider(fill, &rows->providers[i]);
    for (size_t i = 0; i < rows->model_count; i++) {
        const struct model_row *row = &rows->models[i];
        const struct upstream *upstream =
            upstream_of(upstreams, rows->provider_count, row->provider);
        const char *defect = model_defect(row, upstream);
        if (defect)
            complain(fill, "model", row->name, defect);
        else
            models[out->model_count++] = fill_model(fill, row, upstream);
    }
    out->models = models;
}

void tenant_fill(struct arena *arena, const struct tenant_rows *rows, struct tenant *out,
                 bool *complete_out)
{
    struct fill fill = { arena, rows, true };
    struct tenant tenant = { .id = rows->tenant.id,
                             .slug = keep(&fill, rows->tenant.slug),
                             .name = keep(&fill, rows->tenant.name),
                             .status = rows->tenant.status,
                             .generation = rows->tenant.generation };
    fill_setting(&fill, &tenant);
    fill_origins(&fill, &tenant);
    fill_models(&fill, &tenant);
    if (tenant.model_count) {
        const struct model *wanted = tenant_model(&tenant, str_of(rows->setting.default_model));
        tenant.default_model = wanted ? wanted : &tenant.models[0];
    }
    *out = tenant;
    *complete_out = fill.complete;
}
