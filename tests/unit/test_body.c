/* A client's JSON body, field by field: right types, right bounds, the wrong place named, and no
 * tenant but the credential's own. */
#include "body.h"
#include "tap.h"

static struct house house;
static struct config config;
static struct exchange *x;
static struct error err;

static const char *read_as(const char *type, const char *json)
{
    struct json *body = NULL;
    err = (struct error){ 0 };
    x->request.content_type = str_of(type);
    x->request.body = str_of(json);
    return body_read(x, &body, &err) == 0 ? "taken" : err.code;
}

static struct json *body_of(const char *json)
{
    struct json *body = NULL;
    if (json_parse(x->arena, str_of(json), NULL, &body, &err) < 0)
        ok(0, "the test's JSON is broken: %s", json);
    return body;
}

static void content_types(void)
{
    static const char *const good[] = { "application/json", "application/json; charset=utf-8",
                                        "Application/JSON", "application/json;charset=utf-8" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        is_text(read_as(good[i], "{}"), "taken", "%s is taken", good[i]);
    static const char *const bad[] = { "text/plain",
                                       "application/jsonp",
                                       "application/json5",
                                       "application/x-www-form-urlencoded",
                                       "",
                                       "json" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_text(read_as(bad[i], "{}"), "unsupported_media_type", "'%s' is not", bad[i]);
        is_number(err.kind, ERROR_MEDIA_TYPE, "but an unsupported media type");
    }
    is_text(read_as(NULL, "{}"), "unsupported_media_type", "nor is none");
}

static void bodies(void)
{
    is_text(read_as("application/json", "{\"a\":1}"), "taken", "an object");
    static const char *const bad[] = { "",      " ", "[]",  "1",          "null",
                                       "\"x\"", "{", "{}x", "{\"a\":1,}", "{\"a\":1,\"a\":2}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_text(read_as("application/json", bad[i]), "invalid_json", "'%s' is refused", bad[i]);
        is_number(err.kind, ERROR_BAD_REQUEST, "as a bad request");
    }
}

static void tenants(void)
{
    struct tenant tenant = { .slug = "bank" };
    x->tenant = &tenant;
    is_text(read_as("application/json", "{\"tenant_id\":\"bank\"}"), "taken",
            "naming one's own tenant says nothing new");
    is_text(read_as("application/json", "{\"tenantId\":null}"), "taken", "null names none");
    static const char *const foreign[] = { "{\"tenant_id\":\"securities\"}",
                                           "{\"tenantId\":\"securities\"}",
                                           "{\"tenant_id\":\"bank\",\"tenantId\":\"other\"}",
                                           "{\"tenant_id\":\"Bank\"}",
                                           "{\"tenant_id\":\"bank \"}",
                                           "{\"tenant_id\":\"\"}",
                                           "{\"tenant_id\":1}",
                                           "{\"tenant_id\":[\"bank\"]}",
                                           "{\"tenant_id\":\"bank\\u0000\"}" };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        const char *code = read_as("application/json", foreign[i]);
        ok(strcmp(code, "taken") != 0, "%s is refused", foreign[i]);
        if (i < 8)
            ok(!strcmp(code, "tenant_mismatch") && err.kind == ERROR_FORBIDDEN &&
                   str_starts(str_of(err.param), "tenant"),
               "as forbidden, naming the field");
    }
    x->tenant = NULL;
}

static void unknown_fields(void)
{
    static const char *const known[] = { "model", "stream", NULL };
    ok(body_only(body_of("{}"), known, &err) == 0, "nothing is known");
    ok(body_only(body_of("{\"stream\":1,\"model\":2}"), known, &err) == 0, "known ones, any order");
    static const char *const bad[] = { "models", "mode", "Model", "" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *json = arena_printf(x->arena, "{\"model\":1,\"%s\":2}", bad[i]);
        ok(body_only(body_of(json), known, &err) == -1 && err.kind == ERROR_BAD_REQUEST &&
               !strcmp(err.code, "unknown_field") && !strcmp(err.param, bad[i]),
           "'%s' is refused by name", bad[i]);
    }
    char name[500];
    memset(name, 'n', sizeof name);
    const char *json = arena_printf(x->arena, "{\"%.499s\":2}", name);
    ok(body_only(body_of(json), known, &err) == -1 && strlen(err.message) < 250,
       "a very long name does not fill the answer");
}

static void texts(void)
{
    struct str out = STR("before");
    ok(body_text(body_of("{\"a\":\"x\"}"), "a", 5, &out, &err) == 0 && str_is(out, "x"),
       "a string");
    ok(body_text(body_of("{\"a\":\"\"}"), "a", 5, &out, &err) == 0 && out.at && !out.len,
       "an empty one is given");
    out = STR("before");
    ok(body_text(body_of("{\"a\":null}"), "a", 5, &out, &err) == 0 && str_is(out, "before"),
       "null is not given");
    ok(body_text(body_of("{}"), "a", 5, &out, &err) == 0 && str_is(out, "before"), "nor is absent");
    ok(body_text(body_of("{\"a\":5}"), "a", 5, &out, &err) == -1 &&
           !strcmp(err.code, "invalid_type") && !strcmp(err.param, "a") &&
           err.kind == ERROR_BAD_REQUEST,
       "a number is no string");
    ok(body_text(body_of("{\"a\":\"12345\"}"), "a", 5, &out, &err) == 0, "at its limit");
    ok(body_text(body_of("{\"a\":\"123456\"}"), "a", 5, &out, &err) == -1 &&
           !strcmp(err.code, "invalid_value") && !strcmp(err.param, "a"),
       "over its limit");
}

static void bools(void)
{
    bool out = true;
    ok(body_bool(body_of("{\"a\":false}"), "a", &out, &err) == 0 && !out, "false");
    ok(body_bool(body_of("{\"a\":true}"), "a", &out, &err) == 0 && out, "true");
    ok(body_bool(body_of("{\"a\":null}"), "a", &out, &err) == 0 && out, "null is not given");
    static const char *const bad[] = { "0", "1", "\"true\"", "[]", "{}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(body_bool(body_of(arena_printf(x->arena, "{\"a\":%s}", bad[i])), "a", &out, &err) ==
                   -1 &&
               !strcmp(err.code, "invalid_type") && !strcmp(err.param, "a") && out,
           "%s is neither", bad[i]);
}

static const char *integer(const char *value)
{
    int64_t out = -77;
    struct json *body = body_of(arena_printf(x->arena, "{\"a\":%s}", value));
    if (body_integer(body, "a", -5, 100, &out, &err) < 0)
        return out == -77 && !strcmp(err.param, "a") ? err.code : "strange";
    return arena_printf(x->arena, "%lld", (long long)out);
}

static void integers(void)
{
    is_text(integer("-5"), "-5", "the least");
    is_text(integer("100"), "100", "the most");
    is_text(integer("null"), "-77", "null is not given");
    is_text(integer("-6"), "invalid_value", "below");
    is_text(integer("101"), "invalid_value", "above");
    static const char *const bad[] = {
        "1.5", "\"1\"", "true", "[1]", "{}", "1e1", "99999999999999999999"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_text(integer(bad[i]), "invalid_type", "%s is no integer", bad[i]);
}

static const char *number(const char *value)
{
    struct json *body = body_of(arena_printf(x->arena, "{\"a\":%s}", value));
    if (body_number(body, "a", 0, 2, &err) == 0)
        return "taken";
    return !strcmp(err.param, "a") ? err.code : "strange";
}

static void numbers(void)
{
    static const char *const good[] = { "0", "2", "0.0", "1.5", "2.0", "1e-3", "null", "-0.0" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        is_text(number(good[i]), "taken", "%s", good[i]);
    is_text(number("-0.1"), "invalid_value", "below");
    is_text(number("2.0001"), "invalid_value", "above");
    is_text(number("\"1\""), "invalid_type", "a string");
    is_text(number("true"), "invalid_type", "a bool");
}

int main(void)
{
    atomic_init(&house.config, &config);
    x = exchange_new(&house);
    content_types();
    bodies();
    tenants();
    unknown_fields();
    texts();
    bools();
    integers();
    numbers();
    exchange_end(&x);
    return done();
}
