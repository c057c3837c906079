/* insulactl model allow, deny and list: a tenant's allow-list. */
#include "base/clock.h"
#include "commands.h"
#include "models.h"
#include "platform/operate.h"
#include "providers.h"
#include "table.h"
#include "values.h"

#define TOKENS_MAX 100000000

const struct flag flags_model_allow[] = {
    { "provider", "NAME", "who serves it; of a model with one route" },
    { "upstream", "NAME", "what the provider calls it; else the same name" },
    { "label", "TEXT", "what people read" },
    { "alias", "NAME...", "another public name; those not named now go, an empty one is none" },
    { "fallback", "NAME", "the model that answers when this one cannot; empty: none" },
    { "context", "TOKENS", "prompt and answer together: 128000" },
    { "max-output", "TOKENS", "the answer, where a request names no length: 4096" },
    { "price-in", "AMOUNT", "per million prompt tokens, in currency units" },
    { "price-cached", "AMOUNT", "per million cached ones; a new model's is price-in" },
    { "price-out", "AMOUNT", "per million completion tokens" },
    { NULL, NULL, NULL },
};

static int take_price(const struct arguments *args, const char *flag, int64_t *price,
                      struct error *err)
{
    const char *text = flag_value(args, flag);
    if (text && (!money_parse(text, price) || *price > INT64_C(1000000000000)))
        return fail_usage(err, "--%s must be an amount as 0.15, at most 1000000.", flag);
    return 0;
}

static int take_numbers(const struct arguments *args, bool is_new, struct model_row *row,
                        struct error *err)
{
    const char *context = flag_value(args, "context"), *output = flag_value(args, "max-output");
    if (context && !number_parse(context, 1, TOKENS_MAX, &row->context_tokens))
        return fail_usage(err, "--context must be a number from 1 to %d.", TOKENS_MAX);
    if (output && !number_parse(output, 1, TOKENS_MAX, &row->output_tokens))
        return fail_usage(err, "--max-output must be a number from 1 to %d.", TOKENS_MAX);
    if (take_price(args, "price-in", &row->price_in, err) ||
        take_price(args, "price-out", &row->price_out, err))
        return -1;
    if (is_new)
        row->price_cached = row->price_in; /* unsaid, it must not be free */
    return take_price(args, "price-cached", &row->price_cached, err);
}

static int take_aliases(struct cli *cli, const struct arguments *args, struct model_row *row,
                        struct error *err)
{
    const char **aliases = arena_array_of(cli->arena, const char *, args->repeat_count);
    if (args->repeat_count == 0)
        return 0;
    row->alias_count = 0;
    row->aliases = aliases;
    for (size_t i = 0; i < args->repeat_count; i++) {
        const char *alias = args->repeats[i];
        if (*alias && !is_words(alias, 128, false))
            return fail_usage(err, "--alias must be 1 to 128 characters without control "
                                   "characters.");
        for (size_t k = 0; k < row->alias_count; k++)
            if (strcmp(aliases[k], alias) == 0)
                return fail_usage(err, "--alias '%s' is named twice.", alias);
        if (*alias)
            aliases[row->alias_count++] = alias;
    }
    return 0;
}

static int take_names(struct cli *cli, const struct arguments *args, struct model_row *row,
                      struct error *err)
{
    const char *label = flag_value(args, "label"), *fallback = flag_value(args, "fallback");
    if (label && *label && !is_words(label, 200, false))
        return fail_usage(err, "--label must be at most 200 characters without control "
                               "characters.");
    row->label = label ? label : row->label;
    if (fallback)
        row->fallback = *fallback ? fallback : NULL;
    return take_aliases(cli, args, row, err);
}

/* A model's first route; further ones are `route set`'s. */
static int take_route(struct cli *cli, const struct arguments *args,
                      const struct tenant_row *tenant, struct model_row *row, struct error *err)
{
    const char *name = flag_value(args, "provider"), *upstream = flag_value(args, "upstream");
    struct route_row *route = arena_new_of(cli->arena, struct route_row);
    struct provider_row provider;
    if (!name && !upstream && row->route_count)
        return 0;
    if (row->route_count > 1)
        return fail_usage(err, "The model has %zu routes: insulactl route set changes them.",
                          row->route_count);
    if (!name && !row->route_count)
        return fail_usage(err, "A new model needs --provider.");
    if (upstream && !is_words(upstream, 256, false))
        return fail_usage(err, "--upstream must be 1 to 256 characters without control "
                               "characters.");
    *route = row->route_count ? row->routes[0]
                              : (struct route_row){ .upstream_name = row->name, .weight = 1 };
    if (name && provider_find(cli, tenant, name, &provider, err))
        return -1;
    route->provider = name ? provider.id : route->provider;
    route->upstream_name = upstream ? upstream : route->upstream_name;
    row->routes = route;
    row->route_count = 1;
    return 0;
}

int run_model_allow(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *name = args->operands[1];
    struct tenant_row tenant;
    if (!is_words(name, 128, false))
        return fail_usage(err, "NAME must be 1 to 128 characters without control characters.");
    struct model_row row = { .name = name,
                             .label = "",
                             .context_tokens = 128000,
                             .output_tokens = 4096,
                             .created_ms = clock_unix_ms() };
    if (cli_tenant(cli, args->operands[0], &tenant, err))
        return -1;
    bool is_new = model_find(cli, &tenant, name, &row, err) != 0;
    if (is_new && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (take_names(cli, args, &row, err) || take_numbers(args, is_new, &row, err) ||
        take_route(cli, args, &tenant, &row, err))
        return -1;
    return operate_model_put(platform_on(cli->db), tenant.id, &row, err);
}

int run_model_deny(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct tenant_row tenant;
    if (cli_tenant(cli, args->operands[0], &tenant, err))
        return -1;
    return operate_model_remove(platform_on(cli->db), tenant.id, args->operands[1], err);
}

static const char *joined(struct cli *cli, const struct model_row *row)
{
    const char *all = NULL;
    for (size_t i = 0; i < row->alias_count; i++)
        all = arena_printf(cli->arena, "%s%s%s", all ? all : "", all ? ", " : "", row->aliases[i]);
    return all;
}

static void add_model(struct cli *cli, struct table *table, const struct model_row *row)
{
    table_text(table, row->name);
    table_text(table, row->label);
    table_text(table, joined(cli, row));
    table_text(table, row->fallback);
    table_number(table, (int64_t)row->route_count);
    table_number(table, row->context_tokens);
    table_number(table, row->output_tokens);
    table_number(table, row->price_in);
    table_number(table, row->price_cached);
    table_number(table, row->price_out);
}

int run_model_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "name", COLUMN_TEXT },          { "label", COLUMN_TEXT },
        { "aliases", COLUMN_TEXT },       { "fallback", COLUMN_TEXT },
        { "routes", COLUMN_NUMBER },      { "context", COLUMN_NUMBER },
        { "max_output", COLUMN_NUMBER },  { "price_in", COLUMN_MONEY },
        { "price_cached", COLUMN_MONEY }, { "price_out", COLUMN_MONEY },
    };
    struct tenant_row tenant;
    struct model_row *models;
    size_t count;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_models(platform_on(cli->db), tenant.id, cli->arena, &models, &count, err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < count; i++)
        add_model(cli, table, &models[i]);
    return table_print(cli, table, err);
}
