/* What a client hears of a provider's error: our words and codes, and the provider's own only of
 * what it refused in the client's request. */
#include "tap.h"

#include "gateway/provider.h"

#include <stdlib.h>

static struct arena *arena;

static const struct {
    int status;
    const char *body;
    enum error_kind kind;
    const char *type, *code, *param;
    bool retry_useless;
    const char *told_code; /* "": null; NULL: code */
} cases[] = {
    { 400,
      "{\"error\":{\"message\":\"secret 'max_tokens'\",\"type\":\"invalid_request_error\","
      "\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "max_tokens", false,
      "unsupported_parameter" },
    { 400,
      "{\"error\":{\"message\":\"secret\",\"param\":\"messages[3].content\",\"code\":\"made_up_"
      "secret\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "messages[3].content", false,
      "made_up_secret" },
    { 400, "{\"error\":{\"message\":\"secret\",\"param\":\"<b>secret\",\"code\":\"400\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false, "" },
    { 400, "{\"error\":\"secret field: temperature\"}", ERROR_BAD_REQUEST, "invalid_request_error",
      "invalid_request", "", false, "" },
    { 400,
      "{\"error\":{\"message\":\"maximum context length is 8192, secret\",\"param\":\"messages\","
      "\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded", "messages", false,
      "context_length_exceeded" },
    { 400,
      "{\"error\":{\"code\":400,\"message\":\"exceeds the available context size, secret\","
      "\"type\":\"exceed_context_size_error\",\"n_ctx\":8192}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded", "", false,
      "context_length_exceeded" },
    { 400,
      "{\"error\":{\"message\":\"This model's maximum context length is 40960 secret\","
      "\"type\":\"BadRequestError\",\"param\":\"input_tokens\",\"code\":400}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "input_tokens", false, "" },
    { 400, "{\"error\":{\"message\":\"secret\",\"code\":\"content_filter\"}}", ERROR_BAD_REQUEST,
      "invalid_request_error", "content_filter", "", false, "content_filter" },
    { 422, "{\"detail\":[{\"loc\":[\"body\",\"secret\"],\"msg\":\"field required\"}]}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false, "" },
    { 422, "{\"error\":\"Template error: secret\",\"error_type\":\"template_error\"}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false, "" },
    { 401,
      "{\"error\":{\"message\":\"Incorrect API key provided: secret***\","
      "\"type\":\"invalid_request_error\",\"param\":\"secret\",\"code\":\"invalid_api_key\"}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_auth_error", "", true, NULL },
    { 401, "{\"error\":\"Unauthorized secret\"}", ERROR_UPSTREAM, "upstream_error",
      "upstream_auth_error", "", true, NULL },
    { 403, "", ERROR_UPSTREAM, "upstream_error", "upstream_auth_error", "", true, NULL },
    { 402, "{}", ERROR_LIMIT, "insufficient_quota", "insufficient_quota", "", true, NULL },
    { 429,
      "{\"error\":{\"message\":\"You exceeded your current quota, secret\","
      "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
      ERROR_LIMIT, "insufficient_quota", "insufficient_quota", "", true, NULL },
    { 429,
      "{\"error\":{\"message\":\"Rate limit for org-secret\",\"type\":\"tokens\","
      "\"code\":\"rate_limit_exceeded\"}}",
      ERROR_LIMIT, "rate_limit_error", "rate_limit_exceeded", "", false, NULL },
    { 429, "{\"error\":{\"message\":\"maximum context length of secret\",\"code\":429}}",
      ERROR_LIMIT, "rate_limit_error", "rate_limit_exceeded", "", false, NULL },
    { 404,
      "{\"error\":{\"message\":\"model 'secret' not "
      "found\",\"type\":\"api_error\",\"param\":\"model\"}}",
      ERROR_NOT_FOUND, "invalid_request_error", "model_not_found", "", false, NULL },
    { 408, "", ERROR_UPSTREAM_TIMEOUT, "upstream_error", "upstream_timeout", "", false, NULL },
    { 504, "<html>secret", ERROR_UPSTREAM_TIMEOUT, "upstream_error", "upstream_timeout", "", false,
      NULL },
    { 413, "secret", ERROR_TOO_LARGE, "invalid_request_error", "request_too_large", "", false,
      NULL },
    { 503,
      "{\"error\":{\"code\":503,\"message\":\"Loading secret\",\"type\":\"unavailable_error\"}}",
      ERROR_UPSTREAM_BUSY, "upstream_error", "upstream_unavailable", "", false, NULL },
    { 529, "", ERROR_UPSTREAM_BUSY, "upstream_error", "upstream_unavailable", "", false, NULL },
    { 500,
      "{\"error\":{\"message\":\"maximum context length "
      "secret\",\"type\":\"server_error\",\"code\":null}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false, NULL },
    { 500, "", ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false, NULL },
    { 502, "<html><center>secret</center>", ERROR_UPSTREAM, "upstream_error", "upstream_error", "",
      false, NULL },
    { 424, "{\"error\":\"secret\"}", ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false,
      NULL },
    { 302, "", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "", false, NULL },
    { 200, "<title>secret</title>", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "",
      false, NULL },
    { 200, "{\"id\":1}", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "", false,
      NULL },
    { 200, "{\"error\":{\"message\":\"model secret is paused\",\"type\":\"server_error\"}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false, NULL },
    { 200, "[{\"error\":{\"message\":\"secret\",\"code\":429}}]", ERROR_LIMIT, "rate_limit_error",
      "rate_limit_exceeded", "", false, NULL },
    { 200,
      "{\"object\":\"error\",\"message\":\"secret\",\"type\":\"BadRequestError\",\"code\":400}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false, "" },
    { 200, "{\"error\":[1,{}]}", ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false,
      NULL },
    { 400, "{\"error\":{\"code\":{},\"type\":[],\"param\":7,\"message\":null}}", ERROR_BAD_REQUEST,
      "invalid_request_error", "invalid_request", "", false, "" },
};

static void test_cases(const struct provider_kind *kind)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_head head = { .status = cases[i].status, .content_type = "" };
        struct error err = { 0 };
        arena_reset(arena);
        kind->error_of(&head, str_of(cases[i].body), arena, &err);
        arena_reset(arena); /* an error outlives the arena */
        if (!ok(err.kind == cases[i].kind && !strcmp(err.code, cases[i].code) &&
                    !strcmp(err.type, cases[i].type) && !strcmp(err.param, cases[i].param) &&
                    err.retry_useless == cases[i].retry_useless,
                "%d %.60s", cases[i].status, cases[i].body))
            printf("#   got: %d %s %s '%s' %d\n", err.kind, err.type, err.code, err.param,
                   err.retry_useless);
        const char *told = cases[i].told_code;
        ok(err.has_told_code == (told != NULL) && (!told || !strcmp(err.told_code, told)),
           "its code is told as %s", told ? told : "ours");
        ok(*err.message && (told || !strstr(err.message, "secret")) && !strstr(err.log, "secret"),
           "its words stay with the provider, where it is not about the client's request");
    }
}

static struct error refused(const char *type, const char *body)
{
    struct http_head head = { .status = 400, .content_type = type };
    struct error err = { 0 };
    provider_kind_find("openai")->error_of(&head, str_of(body), arena, &err);
    return err;
}

/* What is for the client is cleaned and has an end. */
static void test_words(void)
{
    static const char ours[] = "The provider refused the request as invalid";
    struct error err =
        refused("", "{\"error\":{\"message\":\"a\\u0000b\\r\\n\\u001b[1m\\u009bc\"}}");
    is_text(err.message, "a b [1m c", "control characters become blanks");
    err = refused("text/plain", "missing field `inputs` at line 1\n");
    is_text(err.message, "missing field `inputs` at line 1 ", "a plain text is told");
    is_text(refused("text/html", "missing field").message, ours, "but of that type alone");
    is_text(refused("text/plain", "<html>no").message, ours, "no page");
    is_text(refused("text/plain", "bad \xff bytes").message, ours, "nothing that is no text");
    is_text(refused("text/plain", "").message, ours, "nothing at all");
    char *large =
        arena_printf(arena, "{\"error\":{\"message\":\"%01000d\",\"code\":\"%0200d\"}}", 1, 1);
    err = refused("", large);
    ok(strlen(err.message) < sizeof err.message && strstr(err.message, "…") && !*err.told_code,
       "what is too long is cut, or left out");
    err = refused("", "{\"error\":{\"message\":\"x\",\"code\":\"<b>\",\"param\":\"a b\"}}");
    ok(!*err.told_code && !*err.param, "names are names");
}

static void test_hidden(void)
{
    struct upstream upstream = { .base_url = "http://gpu7.inside.example:8000/v1",
                                 .api_key = STR("sk-abcdefghijklmn") };
    struct error err = refused("", "{\"error\":{\"message\":\"bad field n\",\"code\":\"bad\"}}");
    provider_hide(&upstream, &err);
    ok(!strcmp(err.message, "bad field n") && !strcmp(err.told_code, "bad"), "harmless words stay");
    static const char *const traitors[] = {
        "{\"error\":{\"message\":\"your key sk-abcdefghijklmn is bad\"}}",
        "{\"error\":{\"message\":\"your key sk-abcd***cdefghij is bad\"}}",
        "{\"error\":{\"message\":\"x\",\"code\":\"sk-abcdefghijklmn\"}}",
        "{\"error\":{\"message\":\"POST http://gpu7.inside.example:8000/v1 failed\"}}",
    };
    for (size_t i = 0; i < sizeof traitors / sizeof *traitors; i++) {
        err = refused("", traitors[i]);
        provider_hide(&upstream, &err);
        ok(!strstr(err.message, "cdefghij") && !strstr(err.message, "gpu7") && !*err.told_code &&
               *err.message,
           "hidden: %s", traitors[i]);
    }
}

static void test_waiting(const struct provider_kind *kind)
{
    static const char loading[] = "{\"error\":\"Model is loading\",\"estimated_time\":20.0}";
    struct http_head head = { .status = 429, .content_type = "", .retry_after_ms = 1500 };
    struct error err = { 0 };
    kind->error_of(&head, STR("{}"), arena, &err);
    is_number(err.retry_after_ms, 1500, "how long to wait is passed on");
    ok(!err.retry_useless, "and that it is worth it");
    head.should_retry_false = true;
    kind->error_of(&head, STR("{}"), arena, &err);
    ok(err.retry_useless, "unless the provider says it is not");
    head = (struct http_head){ .status = 503, .content_type = "" };
    kind->error_of(&head, STR(loading), arena, &err);
    is_number(err.retry_after_ms, 20000, "a model that loads says how long");
    head = (struct http_head){ .status = 400, .content_type = "", .retry_after_ms = 1500 };
    kind->error_of(&head, STR("{}"), arena, &err);
    is_number(err.retry_after_ms, 0, "a refused request does not get better by waiting");
}

int main(void)
{
    arena = arena_new(1 << 20);
    test_cases(provider_kind_find("openai"));
    test_words();
    test_hidden();
    test_waiting(provider_kind_find("compatible"));
    arena_free(&arena);
    return done();
}
