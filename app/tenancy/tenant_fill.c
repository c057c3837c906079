/* Makes a tenant of its rows, each value checked once, so that nobody checks it later. */
#include "fill.h"

#include "base/codec.h"
#include "base/log.h"
#include "net/url.h"

#define LOGO_MAX_BYTES (64 * 1024)
#define DISCONNECT_USUAL                                                                           \
    {                                                                                              \
        DISCONNECT_DRAIN_SECONDS, 20                                                               \
    }

void fill_complain(struct fill *fill, const char *what, const char *name, const char *why)
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

const char *fill_keep(struct fill *fill, const char *text)
{
    return arena_copy(fill->arena, str_of(text ? text : "")).at;
}

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
        fill_complain(fill, "setting", what, "not valid");
    return good ? fill_keep(fill, value) : otherwise;
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
    fill_complain(fill, "setting", "logo", "not valid");
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
    out->welcome = fill_keep(fill, row->welcome);
    out->logo_url = logo_url(fill, row);
    out->monthly_budget = row->monthly_budget >= 0 ? row->monthly_budget : -1;
    out->stream_limit = row->stream_limit > 0 ? row->stream_limit : 0;
    if (!disconnect_parse(str_of(row->disconnect), &out->disconnect)) {
        fill_complain(fill, "setting", "disconnect", "not valid");
        out->disconnect = (struct disconnect_policy)DISCONNECT_USUAL;
    }
}

static void fill_origins(struct fill *fill, struct tenant *out)
{
    const struct tenant_rows *rows = fill->rows;
    const char **list = arena_array_of(fill->arena, const char *, rows->origin_count + 1);
    for (size_t i = 0; i < rows->origin_count; i++)
        if (url_is_origin(str_of(rows->origins[i])))
            list[out->origin_count++] = fill_keep(fill, rows->origins[i]);
        else
            fill_complain(fill, "origin", rows->origins[i], "not valid");
    out->origins = list;
}

void tenant_fill(struct arena *arena, const struct tenant_rows *rows, struct tenant *out,
                 bool *complete_out)
{
    struct fill fill = { arena, rows, true };
    struct tenant tenant = { .id = rows->tenant.id,
                             .slug = fill_keep(&fill, rows->tenant.slug),
                             .name = fill_keep(&fill, rows->tenant.name),
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
