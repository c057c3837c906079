/* A tenant is made of its rows: good values pass through, a bad one falls back or is left out, and
 * never takes the tenant down. */
#include "base/codec.h"
#include "base/log.h"
#include "crypto/random.h"
#include "tap.h"
#include "tenant_fill.h"

static struct arena *arena;
static struct error err;
static unsigned char data_key[DATA_KEY_BYTES];
static struct provider_id first = { { "first-provider--" } }, second = { { "second-provider-" } };

static struct str sealed_key(struct provider_id row, uint32_t tenant, const char *secret)
{
    struct seal_place place = { .tenant = { tenant },
                                .table = "provider",
                                .column = "api_key",
                                .row = { (const char *)row.v.b, 16 } };
    struct str record = { 0 };
    ok(!seal(arena, data_key, &place, str_of(secret), &record, &err),
       "a key is sealed for the test");
    return record;
}

static struct route_row ways[3]; /* of the three models */

static struct tenant_rows usual(void)
{
    static struct provider_row providers[2];
    static struct model_row models[3];
    ways[0] = (struct route_row){ first, "up", 1 };
    ways[1] = (struct route_row){ first, "up", 1 };
    ways[2] = (struct route_row){ second, "up", 1 };
    providers[0] = (struct provider_row){
        .id = first, .name = "one", .kind = "openai", .base_url = "https://api.example/v1/"
    };
    providers[1] = (struct provider_row){
        .id = second, .name = "two", .kind = "compatible", .base_url = "http://127.0.0.1:9000"
    };
    for (int i = 0; i < 3; i++)
        models[i] = (struct model_row){ .name = (const char *[]){ "large", "small", "local" }[i],
                                        .label = i ? "" : "Large",
                                        .routes = &ways[i],
                                        .route_count = 1,
                                        .context_tokens = 1000,
                                        .output_tokens = 100,
                                        .price_in = 3,
                                        .price_cached = 2,
                                        .price_out = 5,
                                        .created_ms = 7 };
    return (struct tenant_rows){
        .tenant = { .id = { 9 }, .slug = "reef", .name = "Reef", .generation = 4 },
        .setting = { .brand_color = "#12aBef",
                     .logo_type = "",
                     .welcome = "Hello",
                     .default_model = "small",
                     .locale = "de-CH",
                     .disconnect = "drain:20",
                     .currency = "CHF",
                     .monthly_budget = 5000000,
                     .stream_limit = 3 },
        .providers = providers,
        .provider_count = 2,
        .models = models,
        .model_count = 3,
        .data_key = data_key,
    };
}

static struct tenant made(const struct tenant_rows *rows, bool complete, const char *what)
{
    struct tenant tenant;
    bool got = !complete;
    tenant_fill(arena, rows, &tenant, &got);
    ok(got == complete, "%s: %s", what, complete ? "complete" : "incomplete, and an alarm says so");
    return tenant;
}

static void good_rows_pass_through(void)
{
    struct tenant_rows rows = usual();
    rows.providers[0].api_key = sealed_key(first, 9, "sk-test");
    rows.providers[0].options = "{\"idle_ms\":5000}";
    struct tenant tenant = made(&rows, true, "good rows");
    is_text(tenant.slug, "reef", "slug");
    is_text(tenant.name, "Reef", "name");
    is_number(tenant.id.v, 9, "id");
    is_number(tenant.generation, 4, "generation");
    is_text(tenant.brand_color, "#12aBef", "brand colour");
    is_text(tenant.welcome, "Hello", "welcome");
    is_text(tenant.locale, "de-CH", "locale");
    is_text(tenant.currency, "CHF", "currency");
    is_number(tenant.monthly_budget, 5000000, "budget");
    is_number(tenant.stream_limit, 3, "stream limit");
    is_number(tenant.model_count, 3, "all models");
    ok(tenant.logo_url.len == 0, "no logo");
    is_text(tenant.default_model->name, "small", "the default model is the one that is set");
    is_text(tenant.models[0].label, "Large", "a label");
    is_text(tenant.models[1].label, "small", "a model without label is called by its name");
    is_text(tenant.models[0].routes[0].upstream.base_url, "https://api.example/v1",
            "no slash at an address's end");
    ok(str_is(tenant.models[0].routes[0].upstream.api_key, "sk-test"),
       "the provider's key is opened");
    ok(!tenant.models[2].routes[0].upstream.api_key.at, "a provider without key has none");
    is_number(tenant.models[0].routes[0].upstream.options.idle_ms, 5000, "the provider's options");
    is_text(tenant.models[0].routes[0].upstream.kind->name, "openai", "the provider's kind");
    is_number(tenant.models[0].price_out, 5, "prices");
    ok(tenant_model(&tenant, STR("local")) == &tenant.models[2], "a model is found by name");
    ok(!tenant_model(&tenant, STR("Local")) && !tenant_model(&tenant, STR("loca")) &&
           !tenant_model(&tenant, (struct str){ 0 }),
       "and by nothing else");
}

static void bad_settings_fall_back(void)
{
    static const char *const colors[] = { "",       "red",     "#12345",    "#1234567",
                                          "123456", "#12345g", "#123456\n", "#12345;x",
                                          "#fff",   "url(x)",  "#12 456" };
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
        struct tenant_rows rows = usual();
        rows.setting.brand_color = colors[i];
        is_text(made(&rows, false, "a bad colour").brand_color, "#444444", "grey");
    }
    struct tenant_rows rows = usual();
    rows.setting.locale = "de_CH";
    is_text(made(&rows, false, "a bad locale").locale, "en", "English");
    rows = usual();
    rows.setting.currency = "chf";
    is_text(made(&rows, false, "a bad currency").currency, "USD", "dollars");
    rows = usual();
    rows.setting.disconnect = "never";
    struct tenant tenant = made(&rows, false, "a bad policy");
    ok(tenant.disconnect.kind == DISCONNECT_DRAIN_SECONDS && tenant.disconnect.seconds == 20,
       "drain:20");
    rows = usual();
    rows.setting.monthly_budget = -1;
    rows.setting.default_model = "gone";
    tenant = made(&rows, true, "no budget and a lost default model");
    is_number(tenant.monthly_budget, -1, "no cap");
    is_text(tenant.default_model->name, "large", "the first model takes its place");
}

static void origins_are_checked(void)
{
    struct tenant_rows rows = usual();
    const char *good[] = { "http://localhost:5173", "https://app.example" };
    const char *one_bad[] = { "https://app.example/", "https://other.example" };
    rows.origins = good;
    rows.origin_count = 2;
    struct tenant tenant = made(&rows, true, "origins");
    ok(tenant_has_origin(&tenant, STR("https://app.example")) &&
           tenant_has_origin(&tenant, STR("http://localhost:5173")),
       "a tenant has the origins it lists");
    ok(!tenant_has_origin(&tenant, STR("https://app.example.evil")) &&
           !tenant_has_origin(&tenant, STR("https://app.exampl")) &&
           !tenant_has_origin(&tenant, STR("http://app.example")) &&
           !tenant_has_origin(&tenant, (struct str){ 0 }),
       "and no other");
    rows.origins = one_bad;
    tenant = made(&rows, false, "an origin with a path");
    ok(tenant.origin_count == 1 && tenant_has_origin(&tenant, STR("https://other.example")),
       "the others hold");
}

static void logos(void)
{
    struct tenant_rows rows = usual();
    rows.setting.logo = STR("\x89PNG");
    rows.setting.logo_type = "image/png";
    is_text(made(&rows, true, "a logo").logo_url.at,
            "data:image/png;base64,iVBORw==", "is a data: URL");
    rows.setting.logo_type = "image/svg+xml";
    ok(made(&rows, false, "an SVG").logo_url.len == 0, "is no logo");
    rows.setting.logo_type = "image/png";
    rows.setting.logo.len = (64 << 10) + 1;
    ok(made(&rows, false, "over 64 KiB").logo_url.len == 0, "is no logo");
    static const char *const pairs[][2] = {
        { "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
        { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "\xfb\xff", "+/8=" }
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ok(str_is(base64_encode(arena, str_of(pairs[i][0])), pairs[i][1]), "base64 %s",
           pairs[i][1]);
}

static void bad_providers_are_left_out(void)
{
    static const char *const addresses[] = { "",
                                             "api.example",
                                             "ftp://api.example",
                                             "https://",
                                             "https:///v1",
                                             "https://api.example/v1?key=x",
                                             "https://u@api.example",
                                             "https://api.example/#x",
                                             "https://api.example/ v1",
                                             "https://api.example/\r\nx",
                                             "https://api.example/\xc3\xa4",
                                             "javascript:alert(1)" };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct tenant_rows rows = usual();
        rows.providers[0].base_url = addresses[i];
        struct tenant tenant = made(&rows, false, "a bad address");
        ok(tenant.model_count == 1 && tenant_model(&tenant, STR("local")),
           "costs only its own models");
    }
    struct tenant_rows rows = usual();
    rows.providers[0].kind = "unheard-of";
    struct tenant tenant = made(&rows, false, "an unknown kind");
    ok(tenant.model_count == 1, "costs only its own models");
    is_text(tenant.default_model->name, "local", "and the default is one of the others");
    rows = usual();
    rows.providers[0].options = "{\"idle_ms\":true}";
    tenant = made(&rows, false, "an option that is not valid");
    ok(tenant.model_count == 1, "costs only its own models");
    rows.providers[0].kind = "unheard-of";
    rows.providers[1].kind = "";
    tenant = made(&rows, false, "no usable provider");
    ok(!tenant.model_count && !tenant.default_model, "leaves a tenant without models");
}

static void keys_that_do_not_open(void)
{
    struct tenant_rows rows = usual();
    rows.providers[0].api_key = sealed_key(second, 9, "sk-test");
    is_number(made(&rows, false, "another row's key").model_count, 1, "costs only its own models");
    rows.providers[0].api_key = sealed_key(first, 8, "sk-test");
    is_number(made(&rows, false, "another tenant's key").model_count, 1,
              "costs only its own models");
    rows.providers[0].api_key = sealed_key(first, 0, "sk-house");
    is_number(made(&rows, false, "a key of the house").model_count, 1,
              "is told to no server of a tenant's");
    static const char *const unsendable[] = { "", "sk test", "sk-\r\nX-Evil: 1", "sk-\x7f",
                                              "sk-\xc3\xa4" };
    for (size_t i = 0; i < sizeof unsendable / sizeof *unsendable; i++) {
        rows.providers[0].api_key = sealed_key(first, 9, unsendable[i]);
        is_number(made(&rows, false, "a key that no header can hold").model_count, 1,
                  "costs only its own models");
    }
    rows.providers[0].api_key = STR("rubbish");
    is_number(made(&rows, false, "rubbish").model_count, 1, "costs only its own models");
    rows.providers[0].api_key = sealed_key(first, 9, "sk-test");
    rows.data_key = NULL;
    is_number(made(&rows, false, "no data key").model_count, 1, "leaves those that need no key");
}

static void bad_models_are_left_out(void)
{
    static const struct model_row bad[] = {
        { .context_tokens = 0, .output_tokens = 1 },
        { .context_tokens = 1, .output_tokens = 0 },
        { .context_tokens = -1, .output_tokens = 1 },
        { .context_tokens = INT64_MAX, .output_tokens = 1 },
        { .context_tokens = 1, .output_tokens = INT64_MAX },
        { .context_tokens = 1, .output_tokens = 1, .price_in = -1 },
        { .context_tokens = 1, .output_tokens = 1, .price_cached = -1 },
        { .context_tokens = 1, .output_tokens = 1, .price_out = -1 },
        { .context_tokens = 1, .output_tokens = 1, .price_in = INT64_MAX },
        { .context_tokens = 1, .output_tokens = 1, .price_out = 1000000000001 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tenant_rows rows = usual();
        rows.models[1] = bad[i];
        rows.models[1].name = "small";
        rows.models[1].routes = ways;
        rows.models[1].route_count = 1;
        struct tenant tenant = made(&rows, false, "a bad number");
        ok(tenant.model_count == 2 && !tenant_model(&tenant, STR("small")),
           "costs only that model");
    }
    struct tenant_rows rows = usual();
    ways[0].upstream_name = "";
    is_number(made(&rows, false, "no name at the provider").model_count, 2,
              "costs only that model");
    rows = usual();
    ways[0].provider = (struct provider_id){ { "nobody's" } };
    is_number(made(&rows, false, "no provider").model_count, 2, "costs only that model");
    rows = usual();
    rows.models[0].route_count = 0;
    is_number(made(&rows, false, "no way").model_count, 2, "costs only that model");
}

static void several_ways(void)
{
    struct tenant_rows rows = usual();
    struct route_row routes[] = { { first, "up", 3 }, { second, "other", 0 }, { first, "x", -1 } };
    rows.models[0].routes = routes;
    rows.models[0].route_count = 2;
    struct tenant tenant = made(&rows, true, "two ways");
    const struct model *large = tenant_model(&tenant, STR("large"));
    ok(large->route_count == 2 && large->routes[0].weight == 3 && large->routes[1].weight == 0 &&
           !strcmp(large->routes[0].upstream.model, "up") &&
           !strcmp(large->routes[1].upstream.model, "other") &&
           !strcmp(large->routes[1].upstream.kind->name, "compatible") &&
           !strcmp(large->routes[1].upstream.public_name, "large"),
       "each with its provider, its name there and its weight");
    rows.models[0].route_count = 3;
    tenant = made(&rows, false, "a way with no weight");
    is_number((long long)tenant.models[0].route_count, 2, "costs only itself");
    rows.providers[0].kind = "unheard-of";
    tenant = made(&rows, false, "a provider that cannot be called");
    large = tenant_model(&tenant, STR("large"));
    ok(large->route_count == 1 && !strcmp(large->routes[0].upstream.model, "other"),
       "leaves the other way");
}

static void other_names(void)
{
    struct tenant_rows rows = usual();
    const char *const aliases[] = { "grand", "tall" };
    rows.models[0].aliases = aliases;
    rows.models[0].alias_count = 2;
    struct tenant tenant = made(&rows, true, "aliases");
    ok(tenant_model(&tenant, STR("tall")) == &tenant.models[0] &&
           tenant_model(&tenant, STR("grand")) == &tenant.models[0],
       "a model is found by each of its names");
    ok(!tenant_model(&tenant, STR("tal")), "and by no other");
}

static void fallbacks(void)
{
    struct tenant_rows rows = usual();
    rows.models[0].fallback = "small";
    rows.models[1].fallback = "local";
    struct tenant tenant = made(&rows, true, "a chain");
    ok(tenant.models[0].fallback == &tenant.models[1] &&
           tenant.models[1].fallback == &tenant.models[2] && !tenant.models[2].fallback,
       "is followed to its end");
    rows.models[2].fallback = "large";
    tenant = made(&rows, false, "a circle");
    ok(tenant.models[1].fallback == &tenant.models[2] && !tenant.models[2].fallback, "is cut");
    rows.models[2].fallback = "local";
    ok(!made(&rows, false, "itself").models[2].fallback, "is no fallback");
    rows.models[2].fallback = "gone";
    ok(!made(&rows, false, "one that is not there").models[2].fallback, "is none");
}

static void policies_are_read(void)
{
    struct disconnect_policy policy = { DISCONNECT_CANCEL, -5 };
    ok(disconnect_parse(STR("drain"), &policy) && policy.kind == DISCONNECT_DRAIN, "drain");
    ok(disconnect_parse(STR("cancel"), &policy) && policy.kind == DISCONNECT_CANCEL, "cancel");
    ok(disconnect_parse(STR("drain:1"), &policy) && policy.seconds == 1, "drain:1");
    ok(disconnect_parse(STR("drain:3600"), &policy) && policy.seconds == 3600, "drain:3600");
    static const char *const bad[] = {
        "",           "Drain",    "drain:",   "drain:0",
        "drain:3601", "drain:-1", "drain:1s", "drain:1.5",
        "drain: 1",   "drain:1 ", "cancel:1", "drain20",
        "drain:0x10", "drai",     "drain:+1", "drain:99999999999999999999"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!disconnect_parse(str_of(bad[i]), &policy) && policy.seconds == 3600, "no policy: %s",
           bad[i]);
    ok(!disconnect_parse((struct str){ 0 }, &policy), "no policy: an absent one");
}

int main(void)
{
    arena = arena_new(64 << 20);
    random_bytes(data_key, sizeof data_key);
    log_open("/dev/null", &err);
    good_rows_pass_through();
    bad_settings_fall_back();
    origins_are_checked();
    logos();
    bad_providers_are_left_out();
    keys_that_do_not_open();
    bad_models_are_left_out();
    several_ways();
    other_names();
    fallbacks();
    policies_are_read();
    arena_free(&arena);
    return done();
}
