/* insulactl provider set and provider list: where a tenant's models are served. */
#include "base/breakers.h"
#include "commands.h"
#include "gateway/provider.h"
#include "net/url.h"
#include "platform/operate.h"
#include "platform/seal_places.h"
#include "providers.h"
#include "secrets.h"
#include "table.h"
#include "values.h"

/* Of a shorter key, four characters would give too much away. */
#define KEY_SHOWN_MIN_BYTES 8

const struct flag flags_provider_set[] = {
    { "kind", "KIND", "who is spoken to: openai, compatible, anthropic, …" },
    { "base-url", "URL", "as https://api.openai.com/v1" },
    { "key-stdin", NULL, "reads the API key from standard input" },
    { "key-file", "FILE", "or from a file" },
    { "no-key", NULL, "calls without a key" },
    { "option", "NAME=VALUE...", "a setting of its own; an empty value takes it away" },
    { NULL, NULL, NULL },
};

int provider_find(struct cli *cli, const struct tenant_row *tenant, const char *name,
                  struct provider_row *out, struct error *err)
{
    struct provider_row *rows;
    size_t count;
    if (lookup_providers(platform_on(cli->db), tenant->id, cli->arena, &rows, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i];
            return 0;
        }
    }
    return fail(err, ERROR_NOT_FOUND, "provider_not_found", "Tenant '%s' has no provider '%s'.",
                tenant->slug, name);
}

static int take_kind(const char *kind, struct provider_row *row, struct error *err)
{
    if (!kind)
        return 0;
    if (!provider_kind_find(kind)) {
        struct text known = text_make(1024);
        for (const char *const *name = provider_kinds(); *name; name++)
            text_addf(&known, "%s%s", known.len ? ", " : "", *name);
        fail_usage(err, "--kind '%s' is not known; there are: %s.", kind, known.at);
        text_free(&known);
        return -1;
    }
    row->kind = kind;
    return 0;
}

static int take_key(struct cli *cli, const struct arguments *args, struct tenant_id tenant,
                    struct provider_row *row, struct error *err)
{
    struct str key;
    bool no_key = flag_value(args, "no-key") != NULL;
    if (secret_read(cli, args, "key", &key, err))
        return -1;
    if (no_key && key.at)
        return fail_usage(err, "--no-key cannot stand beside a given key.");
    if (no_key) {
        row->api_key = (struct str){ 0 };
        row->key_last4 = "";
    }
    if (!key.at)
        return 0;
    row->key_last4 =
        key.len < KEY_SHOWN_MIN_BYTES ? "" : arena_printf(cli->arena, "%.4s", key.at + key.len - 4);
    struct seal_place place = seal_place_of_provider(tenant, &row->id);
    return secret_seal(cli, &place, key, &row->api_key, err);
}

static int take_option(struct cli *cli, const char *words, struct provider_row *row,
                       struct error *err)
{
    const char *equals = strchr(words, '=');
    struct str json;
    if (!equals)
        return fail_usage(err, "--option must be NAME=VALUE, not '%s'.", words);
    const char *name = arena_copy(cli->arena, (struct str){ words, (size_t)(equals - words) }).at;
    if (provider_option_set(str_of(row->options), name, equals + 1, cli->arena, &json, err))
        return fail_usage(err, "--option %s: %s", name,
                          arena_copy(cli->arena, str_of(err->message)).at);
    row->options = json.at;
    return 0;
}

/* All that is stored must fit the kind, also what was stored for another. */
static int take_options(struct cli *cli, const struct arguments *args, struct provider_row *row,
                        struct error *err)
{
    const struct provider_kind *kind = provider_kind_find(row->kind);
    struct provider_options ignored;
    for (size_t i = 0; i < args->repeat_count; i++) {
        if (take_option(cli, args->repeats[i], row, err))
            return -1;
    }
    if (kind && provider_options_read(kind, str_of(row->options), cli->arena, &ignored, err))
        return fail_usage(err, "--option %s: %s", arena_copy(cli->arena, str_of(err->param)).at,
                          arena_copy(cli->arena, str_of(err->message)).at);
    return 0;
}

/* A key is for whom it was given: an address of another's would be told it. */
static int check_origin(const struct arguments *args, const struct provider_row *row,
                        const char *url, struct error *err)
{
    struct url before, after;
    bool key_is_named =
        flag_value(args, "key-stdin") || flag_value(args, "key-file") || flag_value(args, "no-key");
    if (!url || !row->api_key.at || key_is_named)
        return 0;
    if (url_read(str_of(row->base_url), false, &before) && url_read(str_of(url), false, &after) &&
        url_same_origin(&before, &after))
        return 0;
    return fail_usage(err, "The stored key was given for another server; name it again for this "
                           "one with --key-stdin or --key-file, or --no-key.");
}

/* What this machine's workers learned was of another key or address. */
static void forget_health(struct cli *cli, struct provider_id id)
{
    struct error ignored; /* no worker has run here, or this user may not */
    if (breakers_open(cli->config.worker.run_dir, false, &ignored) == 0)
        breaker_forget(id);
}

int run_provider_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *name = args->operands[1], *url = flag_value(args, "base-url");
    struct tenant_row tenant;
    if (!is_words(name, 63, false))
        return fail_usage(err, "NAME must be 1 to 63 characters without control characters.");
    if (url && !url_parse(cli->arena, url, false, &url))
        return fail_usage(err, "--base-url must be an http or https address without user "
                               "information, query or fragment.");
    if (cli_tenant(cli, args->operands[0], &tenant, err))
        return -1;
    struct provider_row row = {
        .id = provider_id_new(), .name = name, .key_last4 = "", .options = "{}"
    };
    bool is_new = provider_find(cli, &tenant, name, &row, err) != 0;
    if (is_new && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (take_kind(flag_value(args, "kind"), &row, err) || check_origin(args, &row, url, err) ||
        take_key(cli, args, tenant.id, &row, err))
        return -1;
    row.base_url = url ? url : row.base_url;
    if (!row.kind || !row.base_url)
        return fail_usage(err, "A new provider needs --kind and --base-url.");
    if (take_options(cli, args, &row, err) ||
        operate_provider_put(platform_on(cli->db), tenant.id, is_new, &row, err))
        return -1;
    forget_health(cli, row.id);
    return 0;
}

/* As this machine's workers know it. */
static void add_health(struct table *table, struct provider_id id, bool is_known)
{
    static const char *const states[] = { "closed", "open", "half-open" };
    struct breaker breaker = { 0 };
    if (is_known)
        breaker_find(id, &breaker);
    table_text(table, is_known ? states[breaker.state] : NULL);
    if (breaker.refused_unix_ms)
        table_number(table, breaker.refused_unix_ms);
    else
        table_absent(table);
}

int run_provider_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "name", COLUMN_TEXT },         { "kind", COLUMN_TEXT },    { "base_url", COLUMN_TEXT },
        { "key", COLUMN_TEXT },          { "options", COLUMN_JSON }, { "breaker", COLUMN_TEXT },
        { "refused_since", COLUMN_TIME }
    };
    struct tenant_row tenant;
    struct provider_row *rows;
    size_t count;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_providers(platform_on(cli->db), tenant.id, cli->arena, &rows, &count, err))
        return -1;
    struct error ignored;
    bool is_known = breakers_open(cli->config.worker.run_dir, false, &ignored) == 0;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < count; i++) {
        table_text(table, rows[i].name);
        table_text(table, rows[i].kind);
        table_text(table, rows[i].base_url);
        table_text(table, rows[i].api_key.at ? arena_printf(cli->arena, "...%s", rows[i].key_last4)
                                             : NULL);
        table_text(table, rows[i].options);
        add_health(table, rows[i].id, is_known);
    }
    return table_print(cli, table, err);
}
