/* insulactl model allow, deny and list: a tenant's allow-list. */
#include "base/clock.h"
#include "commands.h"
#include "platform/operate.h"
#include "providers.h"
#include "table.h"
#include "values.h"

#define TOKENS_MAX 100000000

const struct flag flags_model_allow[] = {
    { "provider", "NAME", "who serves it" },
    { "upstream", "NAME", "what the provider calls it; else the same name" },
    { "label", "TEXT", "what people read" },
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

static int take_names(const struct arguments *args, struct model_row *row, struct error *err)
{
    const char *upstream = flag_value(args, "upstream"), *label = flag_value(args, "label");
    if (upstream && !is_words(upstream, 256, false))
        return fail_usage(err, "--upstream must be 1 to 256 characters without control "
                               "characters.");
    if (label && *label && !is_words(label, 200, false))
        return fail_usage(err, "--label must be at most 200 characters without control "
                               "characters.");
    row->upstream_name = upstream ? upstream : row->upstream_name;
    row->label = label ? label : row->label;
    return 0;
}

static int find_or_begin(struct cli *cli, const struct tenant_row *tenant, const char *name,
                         struct model_row *row, bool *is_new_out, struct error *err)
{
    struct model_row *rows;
    size_t count;
    if (lookup_models(platform_on(cli->db), tenant->id, cli->arena, &rows, &count, err))
        return -1;
    *is_new_out = true;
    *row = (struct model_row){ .name = name,
                               .upstream_name = name,
                               .label = "",
                               .context_tokens = 128000,
                               .output_tokens = 4096,
                               .created_ms = clock_unix_ms() };
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *row = rows[i];
            *is_new_out = false;
        }
    }
    return 0;
}

static int take_provider(struct cli *cli, const struct tenant_row *tenant, const char *name,
                         struct model_row *row, struct error *err)
{
    struct provider_row provider;
    if (!name)
        return provider_id_is_zero(row->provider) ? fail_usage(err, "A new model needs --provider.")
                                                  : 0;
    if (provider_find(cli, tenant, name, &provider, err))
        return -1;
    row->provider = provider.id;
    return 0;
}

int run_model_allow(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *name = args->operands[1];
    struct tenant_row tenant;
    struct model_row row;
    bool is_new;
    if (!is_words(name, 128, false))
        return fail_usage(err, "NAME must be 1 to 128 characters without control characters.");
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        find_or_begin(cli, &tenant, name, &row, &is_new, err) || take_names(args, &row, err) ||
        take_numbers(args, is_new, &row, err) ||
        take_provider(cli, &tenant, flag_value(args, "provider"), &row, err))
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

static const char *provider_name(const struct provider_row *rows, size_t count,
                                 struct provider_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (provider_id_equal(rows[i].id, id))
            return rows[i].name;
    }
    return NULL;
}

static void add_model(struct table *table, const struct model_row *row, const char *provider)
{
    table_text(table, row->name);
    table_text(table, row->label);
    table_text(table, provider);
    table_text(table, row->upstream_name);
    table_number(table, row->context_tokens);
    table_number(table, row->output_tokens);
    table_number(table, row->price_in);
    table_number(table, row->price_cached);
    table_number(table, row->price_out);
}

int run_model_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "name", COLUMN_TEXT },       { "label", COLUMN_TEXT },
        { "provider", COLUMN_TEXT },   { "upstream", COLUMN_TEXT },
        { "context", COLUMN_NUMBER },  { "max_output", COLUMN_NUMBER },
        { "price_in", COLUMN_MONEY },  { "price_cached", COLUMN_MONEY },
        { "price_out", COLUMN_MONEY },
    };
    struct tenant_row tenant;
    struct model_row *models;
    struct provider_row *providers;
    size_t model_count, provider_count;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_models(platform_on(cli->db), tenant.id, cli->arena, &models, &model_count, err) ||
        lookup_providers(platform_on(cli->db), tenant.id, cli->arena, &providers, &provider_count,
                         err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < model_count; i++)
        add_model(table, &models[i], provider_name(providers, provider_count, models[i].provider));
    return table_print(cli, table, err);
}
