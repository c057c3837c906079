/* insulactl provider test: one real token from a provider, and what happened in one sentence. */
#include "base/clock.h"
#include "commands.h"
#include "gateway/provider.h"
#include "platform/seal_places.h"
#include "providers.h"
#include "secrets.h"

#define ANSWER_MAX_BYTES ((size_t)1 << 20)
#define TEST_MS          30000

const struct flag flags_provider_test[] = {
    { "model", "NAME", "a model of the allow-list, or as the provider calls it" },
    { NULL, NULL, NULL },
};

/* NULL: the provider does not serve it. */
static const char *upstream_name(const struct model_row *model, const struct provider_row *provider)
{
    for (size_t i = 0; i < model->route_count; i++) {
        if (provider_id_equal(model->routes[i].provider, provider->id))
            return model->routes[i].upstream_name;
    }
    return NULL;
}

/* The named model's upstream name, else the name itself; the provider's first model for NULL. */
static int choose_model(struct cli *cli, const struct tenant_row *tenant,
                        const struct provider_row *provider, const char *name, const char **out,
                        struct error *err)
{
    struct model_row *models;
    size_t count;
    if (lookup_models(platform_on(cli->db), tenant->id, cli->arena, &models, &count, err))
        return -1;
    *out = name;
    for (size_t i = 0; i < count; i++) {
        const char *upstream = upstream_name(&models[i], provider);
        if (upstream && (!name || strcmp(models[i].name, name) == 0)) {
            *out = upstream;
            return 0;
        }
    }
    return name ? 0
                : fail_usage(err, "No model of the allow-list is this provider's; --model names "
                                  "one to test with.");
}

static int make_upstream(struct cli *cli, const struct arguments *args, struct upstream *out,
                         struct error *err)
{
    struct tenant_row tenant;
    struct provider_row provider;
    struct upstream upstream = { 0 };
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        provider_find(cli, &tenant, args->operands[1], &provider, err) ||
        choose_model(cli, &tenant, &provider, flag_value(args, "model"), &upstream.model, err))
        return -1;
    upstream.public_name = upstream.model;
    upstream.kind = provider_kind_find(provider.kind);
    upstream.id = provider.id;
    upstream.base_url = provider.base_url;
    if (!upstream.kind)
        return fail(err, ERROR_NOT_FOUND, "kind_unknown", "This insulactl knows no kind '%s'.",
                    provider.kind);
    struct seal_place place = seal_place_of_provider(tenant.id, &provider.id);
    if (provider_options_read(upstream.kind, str_of(provider.options), cli->arena,
                              &upstream.options, err))
        return -1;
    if (provider.api_key.at && secret_open(cli, &place, provider.api_key, &upstream.api_key, err))
        return -1;
    *out = upstream;
    return 0;
}

/* OpenAI's newer models refuse max_tokens, and none of its models refuses the new name. */
static int write_request(struct cli *cli, const struct upstream *upstream, struct http_request *out,
                         struct error *err)
{
    struct prompt_message message = { .role = "user", .content = STR("Say yes.") };
    struct json *nothing;
    if (json_parse(cli->arena, STR("{}"), NULL, &nothing, err))
        return -1;
    struct completion completion = { .messages = &message,
                                     .message_count = 1,
                                     .max_tokens = 1,
                                     .max_tokens_renamed =
                                         strcmp(upstream->kind->name, "openai") == 0,
                                     .parameters = nothing };
    if (upstream->kind->write_request(upstream, &completion, cli->arena, out, err))
        return -1;
    out->connect_ms = cli->config.upstream.connect_ms;
    out->total_ms = TEST_MS;
    return 0;
}

/* What the provider's own error means is the gateway's to say; here it is one more refusal. */
static int refused(const char *name, const struct upstream *upstream, int status,
                   const struct error *cause, struct error *err)
{
    struct error told = *cause;
    provider_hide(upstream, &told);
    if (status)
        fail(err, ERROR_UPSTREAM, "provider_refused", "Provider '%s' answered %d: %s", name, status,
             told.message);
    else
        fail(err, ERROR_UPSTREAM, "provider_failed", "Provider '%s' did not answer: %s", name,
             told.message);
    return *told.log ? error_note(err, "%s", told.log) : -1;
}

static int ask(struct cli *cli, const struct arguments *args, const struct upstream *upstream,
               const struct http_request *request, struct error *err)
{
    const char *name = args->operands[1];
    struct http_head head;
    struct str body;
    struct decoded decoded = { 0 };
    struct error cause = { 0 };
    int64_t from = clock_steady_ms();
    if (fetch_document(cli->arena, request, ANSWER_MAX_BYTES, &head, &body, &cause))
        return refused(name, upstream, 0, &cause, err);
    int64_t ms = clock_steady_ms() - from;
    if (head.status != 200) {
        upstream->kind->error_of(&head, body, cli->arena, &cause);
        return refused(name, upstream, head.status, &cause, err);
    }
    if (upstream->kind->decode_body(&head, body, cli->arena, &decoded, &cause))
        return refused(name, upstream, head.status, &cause, err);
    if (cli->json)
        printf("{\"ok\":true,\"ms\":%lld}\n", (long long)ms);
    else
        printf("Provider '%s' answered as model '%s' after %lld ms%s.\n", name, upstream->model,
               (long long)ms, decoded.usage.known ? " and counted its tokens" : "");
    return 0;
}

int run_provider_test(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct upstream upstream;
    struct address_rules *rules;
    struct http_request request;
    if (make_upstream(cli, args, &upstream, err) ||
        address_rules_read(cli->arena, cli->config.upstream.allow, &rules, err) ||
        net_init(rules, cli->config.upstream.ca_file, err) ||
        write_request(cli, &upstream, &request, err))
        return -1;
    return ask(cli, args, &upstream, &request, err);
}
