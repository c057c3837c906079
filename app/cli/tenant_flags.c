/* Reads the options of tenant create and tenant set, each checked before anything is written. */
#include "tenant_flags.h"

#include "base/clock.h"
#include "files.h"
#include "image.h"
#include "net/url.h"
#include "tenancy/tenant.h"
#include "values.h"

#define LOGO_MAX_BYTES 65536
#define ORIGINS_MAX    32

const struct flag flags_tenant[] = {
    { "name", "TEXT", "what people read, at most 200 characters" },
    { "brand-color", "COLOR", "as #0066cc" },
    { "logo", "FILE", "PNG, JPEG or WebP of at most 64 KiB, or none" },
    { "welcome", "TEXT", "what a new chat greets with" },
    { "default-model", "NAME", "one of the allow-list; '' for none" },
    { "disconnect", "POLICY", "when a client leaves: drain, cancel or drain:<seconds>" },
    { "locale", "TAG", "as en or de-CH" },
    { "currency", "CODE", "as EUR" },
    { "budget", "AMOUNT", "a month, in currency units: 100.00, or none" },
    { "cors-origin", "ORIGINS", "whose web pages may read answers, blank-separated, or none" },
    { "stream-limit", "N", "live streams per worker; 0: the house's own limit" },
    { NULL, NULL, NULL },
};

int budget_parse(const char *name, const char *text, int64_t *micro_out, struct error *err)
{
    int64_t micro = -1;
    if (strcmp(text, "none") != 0 && !money_parse(text, &micro))
        return fail_usage(err, "%s '%s' is no amount: say 100.00 or none.", name, text);
    *micro_out = micro;
    return 0;
}

static bool is_tenant_name(const char *text)
{
    return is_words(text, 200, false);
}

static bool is_welcome(const char *text)
{
    return is_words(text, 2000, true);
}

static bool is_disconnect(const char *text)
{
    struct disconnect_policy policy;
    return disconnect_parse(str_of(text), &policy);
}

static bool is_model_or_none(const char *text)
{
    return is_words(text, 128, true);
}

struct rule {
    const char *flag;
    bool (*fits)(const char *text);
    size_t offset; /* of the member of struct tenant_change */
    const char *form;
};
#define MEMBER(name) offsetof(struct tenant_change, name)

static const struct rule rules[] = {
    { "name", is_tenant_name, MEMBER(name), "1 to 200 characters without control characters" },
    { "brand-color", is_color, MEMBER(brand_color), "a colour as #0066cc" },
    { "welcome", is_welcome, MEMBER(welcome), "at most 2,000 characters" },
    { "default-model", is_model_or_none, MEMBER(default_model), "a model's name" },
    { "disconnect", is_disconnect, MEMBER(disconnect),
      "drain, cancel or drain:<seconds from 1 to 3600>" },
    { "locale", is_locale, MEMBER(locale), "a language tag as de-CH" },
    { "currency", is_currency, MEMBER(currency), "three capital letters as EUR" },
};

static int read_texts(const struct arguments *args, struct tenant_change *change, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        const char *text = flag_value(args, rules[i].flag);
        if (text && !rules[i].fits(text))
            return fail_usage(err, "--%s must be %s.", rules[i].flag, rules[i].form);
        memcpy((char *)change + rules[i].offset, &text, sizeof text);
    }
    return 0;
}

static int read_logo(struct cli *cli, const char *path, struct tenant_change *change,
                     struct error *err)
{
    if (!path)
        return 0;
    if (strcmp(path, "none") == 0) {
        change->logo_type = "";
        return 0;
    }
    if (file_read(cli->arena, path, LOGO_MAX_BYTES, &change->logo, err))
        return -1;
    change->logo_type = image_type(change->logo);
    if (!change->logo_type)
        return fail_usage(err, "--logo: %s is no PNG, JPEG or WebP.", path);
    return 0;
}

/* "https://app.example.com http://localhost:5173"; "none" takes all away. */
static int read_origins(struct cli *cli, const char *list, struct tenant_change *change,
                        struct error *err)
{
    if (!list)
        return 0;
    struct str *origins = arena_array_of(cli->arena, struct str, ORIGINS_MAX);
    change->origins = origins;
    if (strcmp(list, "none") == 0)
        return 0;
    for (const char *at = list + strspn(list, " "); *at; at += strspn(at, " ")) {
        struct str origin = { at, strcspn(at, " ") };
        if (!url_is_origin(origin))
            return fail_usage(err,
                              "--cors-origin: '%.*s' is no origin: scheme, host and port as "
                              "browsers write them, https://app.example.com, without a path, a "
                              "capital letter or the scheme's usual port.",
                              STR_ARGS(origin));
        if (change->origin_count == ORIGINS_MAX)
            return fail_usage(err, "--cors-origin: at most %d origins.", ORIGINS_MAX);
        origins[change->origin_count++] = origin;
        at += origin.len;
    }
    return 0;
}

static int read_numbers(const struct arguments *args, struct tenant_change *change,
                        struct error *err)
{
    const char *budget = flag_value(args, "budget"), *limit = flag_value(args, "stream-limit");
    change->has_budget = budget != NULL;
    change->period = clock_period(clock_unix_ms());
    if (budget && budget_parse("--budget", budget, &change->monthly_budget, err))
        return -1;
    int64_t streams = 0;
    if (limit && !number_parse(limit, 0, 100000, &streams))
        return fail_usage(err, "--stream-limit must be 0 (the house's own limit) to 100000.");
    change->has_stream_limit = limit != NULL;
    change->stream_limit = (int)streams;
    return 0;
}

int tenant_flags_read(struct cli *cli, const struct arguments *args, struct tenant_change *out,
                      struct error *err)
{
    struct tenant_change change = { 0 };
    if (read_texts(args, &change, err) || read_numbers(args, &change, err) ||
        read_logo(cli, flag_value(args, "logo"), &change, err) ||
        read_origins(cli, flag_value(args, "cors-origin"), &change, err))
        return -1;
    *out = change;
    return 0;
}
