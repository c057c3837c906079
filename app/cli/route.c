/* insulactl route set, remove and list: the ways to a tenant's models. */
#include "commands.h"
#include "models.h"
#include "platform/operate.h"
#include "providers.h"
#include "table.h"
#include "values.h"

#define ROUTES_MAX 16
#define WEIGHT_MAX 1000

const struct flag flags_route_set[] = {
    { "upstream", "NAME", "what the provider calls the model; else the model's name" },
    { "weight", "NUMBER",
      "its share of the turns, 0 to 1000: 1; 0: only when the others have failed" },
    { NULL, NULL, NULL },
};

const struct flag flags_route_remove[] = {
    { "upstream", "NAME", "what the provider calls the model; else the model's name" },
    { NULL, NULL, NULL },
};

int model_find(struct cli *cli, const struct tenant_row *tenant, const char *name,
               struct model_row *out, struct error *err)
{
    struct model_row *rows;
    size_t count;
    if (lookup_models(platform_on(cli->db), tenant->id, cli->arena, &rows, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i];
            return 0;
        }
    }
    return fail(err, ERROR_NOT_FOUND, "model_not_found", "Tenant '%s' has no model '%s'.",
                tenant->slug, name);
}

/* A model with its routes in memory of ours, and the one of them that the arguments mean. */
struct change {
    struct tenant_row tenant;
    struct model_row model;
    struct route_row *routes; /* room for one more */
    struct route_row named;   /* provider and upstream */
    size_t at;                /* where it is; the count: nowhere */
};

static int change_begin(struct cli *cli, const struct arguments *args, struct change *out,
                        struct error *err)
{
    const char *upstream = flag_value(args, "upstream");
    struct provider_row provider;
    if (upstream && !is_words(upstream, 256, false))
        return fail_usage(err, "--upstream must be 1 to 256 characters without control "
                               "characters.");
    if (cli_tenant(cli, args->operands[0], &out->tenant, err) ||
        model_find(cli, &out->tenant, args->operands[1], &out->model, err) ||
        provider_find(cli, &out->tenant, args->operands[2], &provider, err))
        return -1;
    size_t count = out->model.route_count;
    out->named = (struct route_row){ provider.id, upstream ? upstream : out->model.name, 1 };
    out->routes = arena_array_of(cli->arena, struct route_row, count + 1);
    memcpy(out->routes, out->model.routes, count * sizeof *out->routes);
    out->model.routes = out->routes;
    out->at = 0;
    while (out->at < count &&
           (!provider_id_equal(out->routes[out->at].provider, out->named.provider) ||
            strcmp(out->routes[out->at].upstream_name, out->named.upstream_name) != 0))
        out->at++;
    return 0;
}

int run_route_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *text = flag_value(args, "weight");
    int64_t weight = 1;
    struct change change;
    if (text && !number_parse(text, 0, WEIGHT_MAX, &weight))
        return fail_usage(err, "--weight must be a number from 0 to %d.", WEIGHT_MAX);
    if (change_begin(cli, args, &change, err))
        return -1;
    if (change.at == change.model.route_count) {
        if (change.at == ROUTES_MAX)
            return fail_usage(err, "A model has at most %d routes.", ROUTES_MAX);
        change.routes[change.model.route_count++] = change.named;
    }
    if (text)
        change.routes[change.at].weight = (int)weight;
    return operate_model_put(platform_on(cli->db), change.tenant.id, &change.model, err);
}

int run_route_remove(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct change change;
    if (change_begin(cli, args, &change, err))
        return -1;
    if (change.at == change.model.route_count)
        return fail(err, ERROR_NOT_FOUND, "route_not_found", "Model '%s' has no such route.",
                    change.model.name);
    if (change.model.route_count == 1)
        return fail(err, ERROR_CONFLICT, "last_route",
                    "It is the model's last route; model deny takes the model off.");
    change.model.route_count--;
    memmove(change.routes + change.at, change.routes + change.at + 1,
            (change.model.route_count - change.at) * sizeof *change.routes);
    return operate_model_put(platform_on(cli->db), change.tenant.id, &change.model, err);
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

int run_route_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "model", COLUMN_TEXT },
                                             { "provider", COLUMN_TEXT },
                                             { "upstream", COLUMN_TEXT },
                                             { "weight", COLUMN_NUMBER } };
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
    for (size_t i = 0; i < model_count; i++) {
        for (size_t r = 0; r < models[i].route_count; r++) {
            const struct route_row *route = &models[i].routes[r];
            table_text(table, models[i].name);
            table_text(table, provider_name(providers, provider_count, route->provider));
            table_text(table, route->upstream_name);
            table_number(table, route->weight);
        }
    }
    return table_print(cli, table, err);
}
