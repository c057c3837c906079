/* What a client hears of a provider's error: our words and codes, never the provider's. */
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
} cases[] = {
    { 400,
      "{\"error\":{\"message\":\"secret 'max_tokens'\",\"type\":\"invalid_request_error\","
      "\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "unsupported_parameter", "max_tokens", false },
    { 400,
      "{\"error\":{\"message\":\"secret\",\"param\":\"messages[3].content\",\"code\":\"made_up_"
      "secret\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "messages[3].content", false },
    { 400, "{\"error\":{\"message\":\"secret\",\"param\":\"<b>secret\",\"code\":\"400\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false },
    { 400, "{\"error\":\"secret field: temperature\"}", ERROR_BAD_REQUEST, "invalid_request_error",
      "invalid_request", "", false },
    { 400,
      "{\"error\":{\"message\":\"maximum context length is 8192, secret\",\"param\":\"messages\","
      "\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded", "messages", false },
    { 400,
      "{\"error\":{\"code\":400,\"message\":\"exceeds the available context size, secret\","
      "\"type\":\"exceed_context_size_error\",\"n_ctx\":8192}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded", "", false },
    { 400,
      "{\"error\":{\"message\":\"This model's maximum context length is 40960 secret\","
      "\"type\":\"BadRequestError\",\"param\":\"input_tokens\",\"code\":400}}",
      ERROR_BAD_REQUEST, "invalid_request_error", "context_length_exceeded", "input_tokens",
      false },
    { 400, "{\"error\":{\"message\":\"secret\",\"code\":\"content_filter\"}}", ERROR_BAD_REQUEST,
      "invalid_request_error", "content_filter", "", false },
    { 422, "{\"detail\":[{\"loc\":[\"body\",\"secret\"],\"msg\":\"field required\"}]}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false },
    { 422, "{\"error\":\"Template error: secret\",\"error_type\":\"template_error\"}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false },
    { 401,
      "{\"error\":{\"message\":\"Incorrect API key provided: secret***\","
      "\"type\":\"invalid_request_error\",\"param\":\"secret\",\"code\":\"invalid_api_key\"}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_auth_error", "", true },
    { 401, "{\"error\":\"Unauthorized secret\"}", ERROR_UPSTREAM, "upstream_error",
      "upstream_auth_error", "", true },
    { 403, "", ERROR_UPSTREAM, "upstream_error", "upstream_auth_error", "", true },
    { 402, "{}", ERROR_LIMIT, "insufficient_quota", "insufficient_quota", "", true },
    { 429,
      "{\"error\":{\"message\":\"You exceeded your current quota, secret\","
      "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
      ERROR_LIMIT, "insufficient_quota", "insufficient_quota", "", true },
    { 429,
      "{\"error\":{\"message\":\"Rate limit for org-secret\",\"type\":\"tokens\","
      "\"code\":\"rate_limit_exceeded\"}}",
      ERROR_LIMIT, "rate_limit_error", "rate_limit_exceeded", "", false },
    { 429, "{\"error\":{\"message\":\"maximum context length of secret\",\"code\":429}}",
      ERROR_LIMIT, "rate_limit_error", "rate_limit_exceeded", "", false },
    { 404,
      "{\"error\":{\"message\":\"model 'secret' not "
      "found\",\"type\":\"api_error\",\"param\":\"model\"}}",
      ERROR_NOT_FOUND, "invalid_request_error", "model_not_found", "", false },
    { 408, "", ERROR_UPSTREAM_TIMEOUT, "upstream_error", "upstream_timeout", "", false },
    { 504, "<html>secret", ERROR_UPSTREAM_TIMEOUT, "upstream_error", "upstream_timeout", "",
      false },
    { 413, "secret", ERROR_TOO_LARGE, "invalid_request_error", "request_too_large", "", false },
    { 503,
      "{\"error\":{\"code\":503,\"message\":\"Loading secret\",\"type\":\"unavailable_error\"}}",
      ERROR_UPSTREAM_BUSY, "upstream_error", "upstream_unavailable", "", false },
    { 529, "", ERROR_UPSTREAM_BUSY, "upstream_error", "upstream_unavailable", "", false },
    { 500,
      "{\"error\":{\"message\":\"maximum context length "
      "secret\",\"type\":\"server_error\",\"code\":null}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false },
    { 500, "", ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false },
    { 502, "<html><center>secret</center>", ERROR_UPSTREAM, "upstream_error", "upstream_error", "",
      false },
    { 424, "{\"error\":\"secret\"}", ERROR_UPSTREAM, "upstream_error", "upstream_error", "",
      false },
    { 302, "", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "", false },
    { 200, "<title>secret</title>", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "",
      false },
    { 200, "{\"id\":1}", ERROR_UPSTREAM, "upstream_error", "upstream_bad_response", "", false },
    { 200, "{\"error\":{\"message\":\"model secret is paused\",\"type\":\"server_error\"}}",
      ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false },
    { 200, "[{\"error\":{\"message\":\"secret\",\"code\":429}}]", ERROR_LIMIT, "rate_limit_error",
      "rate_limit_exceeded", "", false },
    { 200,
      "{\"object\":\"error\",\"message\":\"secret\",\"type\":\"BadRequestError\",\"code\":400}",
      ERROR_BAD_REQUEST, "invalid_request_error", "invalid_request", "", false },
    { 200, "{\"error\":[1,{}]}", ERROR_UPSTREAM, "upstream_error", "upstream_error", "", false },
    { 400, "{\"error\":{\"code\":{},\"type\":[],\"param\":7,\"message\":null}}", ERROR_BAD_REQUEST,
      "invalid_request_error", "invalid_request", "", false },
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
        ok(*err.message && !strstr(err.message, "secret") && !strstr(err.log, "secret"),
           "its words stay with the provider");
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
    test_waiting(provider_kind_find("compatible"));
    arena_free(&arena);
    return done();
}
