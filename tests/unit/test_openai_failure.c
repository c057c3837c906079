/* What is no answer of OpenAI's is refused cleanly; what came before it counts. Whole bodies. */
#include "chat_stream.h"

static void test_failing(void)
{
    static const struct {
        const char *what, *data, *want;
    } cases[] = {
        { "an error in the stream",
          "{\"error\":{\"message\":\"secret\",\"type\":\"server_error\",\"code\":null}}",
          "upstream_error upstream_error: upstream failed while streaming" },
        { "a rate limit",
          "{\"error\":{\"message\":\"secret\",\"type\":\"requests\",\"code\":\"rate_limit_"
          "exceeded\"}}",
          "rate_limit_error rate_limit_exceeded: The provider's rate limit is reached" },
        { "a number for a code", "{\"error\":{\"message\":\"secret\",\"code\":\"429\"}}",
          "rate_limit_error rate_limit_exceeded: The provider's rate limit is reached" },
        { "an overload in words",
          "{\"error\":{\"message\":\"Model is overloaded\",\"http_status_code\":422}}",
          "rate_limit_error rate_limit_exceeded: The provider's rate limit is reached" },
        { "a refusal in words",
          "{\"error\":{\"message\":\"Input validation error: secret\",\"http_status_code\":422}}",
          "invalid_request_error invalid_request: Input validation error: secret" },
        { "an error that is a text", "{\"error\":\"secret\",\"choices\":[]}",
          "upstream_error upstream_error: upstream failed while streaming" },
        { "bad JSON", "{\"choices\":[{]}",
          "upstream_error upstream_bad_response: upstream sent a malformed event" },
        { "half of a chunk", "{\"choices\":[",
          "upstream_error upstream_bad_response: upstream sent a malformed event" },
        { "no object", "[1]",
          "upstream_error upstream_bad_response: upstream sent a malformed event" },
        { "no choices", "{\"id\":\"c\"}",
          "upstream_error upstream_bad_response: upstream sent a malformed event" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char input[512];
        snprintf(input, sizeof input,
                 "data: " ONE("{\"content\":\"a\"}", "null") "\n\ndata: %s\n\ndata: [DONE]\n\n",
                 cases[i].data);
        struct seen s = stream(cases[i].what, input);
        is_text(s.failed, cases[i].want, "%s", cases[i].what);
        ok(!strcmp(s.content, "a") && !s.end && s.records == 2,
           "what came before it counts, nothing after");
    }
    char deep[4096] = "data: {\"choices\":[],\"x\":";
    for (int i = 0; i < 1500; i++)
        strcat(deep, "[");
    strcat(deep, "\n\n");
    is_text(stream("nested too deeply", deep).failed,
            "upstream_error upstream_bad_response: upstream sent a malformed event",
            "is refused cleanly");
}

static int body(const char *text, struct decoded *d, struct error *err)
{
    arena_reset(arena);
    return provider_kind_find("compatible")->decode_body(NULL, str_of(text), arena, d, err);
}

static void test_bodies(void)
{
    static const char answer[] =
        "{\"object\":\"chat.completion\",\n \"choices\":[{\"index\":0,\"message\":{"
        "\"role\":\"assistant\",\"content\":\"Hi\",\"tool_calls\":[{\"function\":{\"arguments\":\"{"
        "}\"}}]},"
        "\"finish_reason\":\"length\"},{\"index\":1,\"message\":{\"content\":\"Yo!\"},"
        "\"finish_reason\":\"stop\"}]," USAGE(5, 6) "}";
    struct decoded d;
    struct error err = { 0 };
    ok(body(answer, &d, &err) == 0 && str_is(d.chunk, answer), "a body passes through verbatim");
    ok(str_is(d.content, "Hi") && d.output_bytes == 7 && d.finish == FINISH_LENGTH, "and is read");
    ok(d.choices_started == 2 && d.choices_finished == 2 && d.has_tool_calls && !d.failed,
       "all of it");
    ok(d.usage.known && d.usage.tokens_in == 5 && d.usage.tokens_out == 6, "with its usage");
    static const struct {
        const char *text, *code;
    } bad[] = {
        { "", "upstream_bad_response" },
        { "<html>secret</html>", "upstream_bad_response" },
        { "{}", "upstream_bad_response" },
        { "{\"choices\":[]}", "upstream_bad_response" },
        { "{\"choices\":{}}", "upstream_bad_response" },
        { "{\"choices\":[{}]", "upstream_bad_response" },
        { "{\"error\":{\"message\":\"secret\",\"type\":\"server_error\"}}", "upstream_error" },
        { "{\"error\":{\"code\":\"insufficient_quota\"}}", "insufficient_quota" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(body(bad[i].text, &d, &err) == -1 && d.failed && !strcmp(err.code, bad[i].code) &&
               !strstr(err.message, "secret"),
           "'%s' is no answer", bad[i].text);
}

int main(void)
{
    arena = arena_new(4 << 20);
    test_failing();
    test_bodies();
    arena_free(&arena);
    return done();
}
