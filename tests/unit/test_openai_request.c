/* The request to OpenAI and its kin says what the client said, and what the house needs. */
#include "tap.h"

#include "gateway/provider.h"

#include <stdlib.h>

static struct arena *arena;

static struct json *parsed(const char *text)
{
    struct json *root = NULL;
    struct error err;
    if (json_parse(arena, str_of(text), NULL, &root, &err) != 0)
        printf("# no JSON: %s: %s\n", err.message, text);
    return root;
}

static bool same(const struct json *a, const struct json *b)
{
    if (!a || !b || a->type != b->type || a->count != b->count)
        return false;
    if (a->type == JSON_STRING)
        return str_equal(a->text, b->text);
    if (a->type != JSON_ARRAY && a->type != JSON_OBJECT)
        return str_equal(a->raw, b->raw);
    const struct json *other = b->children;
    for (const struct json *child = a->children; child; child = child->next) {
        for (other = b->children; a->type == JSON_OBJECT && other; other = other->next) {
            if (str_equal(other->key, child->key))
                break;
        }
        for (const struct json *c = a->children; a->type == JSON_ARRAY && c != child; c = c->next)
            other = other->next;
        if (!same(child, other))
            return false;
    }
    return true;
}

/* kind, what the client posted (its messages plain), what goes to the provider */
static const struct {
    const char *what, *kind, *client;
    int64_t max_tokens;
    const char *want;
} cases[] = {
    { "plain", "openai",
      "{\"model\":\"island-chat\",\"messages\":[],\"temperature\":0.2,\"max_tokens\":64}", 64,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"temperature\":0.2,\"max_tokens\":64}" },
    { "a stream always asks for usage", "openai",
      "{\"stream\":true,\"stream_options\":{\"include_usage\":false,\"include_obfuscation\":false}"
      "}",
      0,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"stream\":true,\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false}"
      "}" },
    { "stream_options that are none", "openai", "{\"stream\":true,\"stream_options\":[1]}", 0,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"stream\":true,\"stream_options\":{\"include_usage\":true}}" },
    { "no stream, no stream_options", "openai",
      "{\"stream\":false,\"stream_options\":{\"include_usage\":true}}", 0,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}]}" },
    { "all parameters, verbatim", "compatible",
      "{\"temperature\":0.50,\"top_p\":1e-1,\"stop\":[\"END\",\"\\u0023\"],\"seed\":7,\"n\":2,"
      "\"logit_bias\":{\"50256\":-100},\"parallel_tool_calls\":false,\"x_own\":{\"a\":[1,{}]},"
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],"
      "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}",
      0,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"temperature\":0.50,\"top_p\":1e-1,\"stop\":[\"END\",\"#\"],\"seed\":7,\"n\":2,"
      "\"logit_bias\":{\"50256\":-100},\"parallel_tool_calls\":false,\"x_own\":{\"a\":[1,{}]},"
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],"
      "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}" },
    { "null and the house's own members are left out", "openai",
      "{\"store\":true,\"conversation_id\":\"c\",\"parent_id\":\"p\",\"assistant_id\":\"a\","
      "\"title\":\"t\",\"tenant_id\":\"acme\",\"seed\":null,\"user\":\"reader-17\"}",
      0,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"user\":\"reader-17\"}" },
    { "a limit of ours, OpenAI", "openai", "{}", 500,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"max_completion_tokens\":500}" },
    { "a limit of ours, compatible", "compatible", "{}", 500,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"max_tokens\":500}" },
    { "the client's name, our limit", "openai", "{\"max_tokens\":9000}", 500,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"max_tokens\":500}" },
    { "the client's other name", "compatible", "{\"max_completion_tokens\":4096}", 4096,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"max_completion_tokens\":4096}" },
    { "never both names", "openai", "{\"max_tokens\":1,\"max_completion_tokens\":2}", 2,
      "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],"
      "\"max_completion_tokens\":2}" },
};

static int write_of(const char *kind, const char *key, struct completion *completion,
                    struct http_request *out)
{
    struct upstream upstream = { .kind = provider_kind_find(kind),
                                 .base_url = "https://api.example.test/v1",
                                 .api_key = str_of(key),
                                 .model = "gpt-4.1-mini" };
    struct error err;
    return upstream.kind->write_request(&upstream, completion, arena, out, &err);
}

static void test_bodies(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct prompt_message message = { "user", STR("Dusk?"), { 0 } };
        struct json *client = parsed(cases[i].client);
        const struct json *stream = json_member(client, "stream");
        struct completion completion = {
            .messages = &message,
            .message_count = 1,
            .stream = stream && stream->boolean,
            .max_tokens = cases[i].max_tokens,
            .max_tokens_renamed = json_is_set(json_member(client, "max_completion_tokens")),
            .parameters = client,
        };
        struct http_request request = { 0 };
        ok(write_of(cases[i].kind, "sk-1", &completion, &request) == 0 &&
               same(parsed(cases[i].want),
                    parsed(arena_printf(arena, "%.*s", STR_ARGS(request.body)))),
           "%s", cases[i].what);
    }
}

static struct str header_of(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return (struct str){ 0 };
}

static void test_heads(void)
{
    struct completion completion = { .stream = true };
    struct http_request request = { 0 };
    write_of("openai", "sk-1", &completion, &request);
    is_text(request.method, "POST", "POST");
    is_text(request.url, "https://api.example.test/v1/chat/completions", "to the right place");
    ok(str_is(header_of(&request, "Authorization"), "Bearer sk-1"), "with the tenant's key");
    ok(str_is(header_of(&request, "Content-Type"), "application/json"), "as JSON");
    ok(str_is(header_of(&request, "Accept"), "text/event-stream"), "asking for events");
    completion.stream = false;
    write_of("compatible", NULL, &completion, &request);
    ok(!header_of(&request, "Authorization").at, "without a key, no credential");
    ok(str_is(header_of(&request, "Accept"), "application/json"), "asking for JSON");
}

static void test_messages(void)
{
    static const char calls[] =
        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_1\","
        "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"city\\\":"
        "\\\"Krak\xc3\xb3w\\\"}\"}}]}";
    struct prompt_message messages[] = {
        { "developer", STR("Say \"hi\"\n\xf0\x9f\x97\xbc"), { 0 } },
        { "assistant", { 0 }, STR(calls) },
        { "user", STR(""), { 0 } },
    };
    struct completion completion = { .messages = messages, .message_count = 3 };
    struct http_request request = { 0 };
    write_of("openai", NULL, &completion, &request);
    const char *body = arena_printf(arena, "%.*s", STR_ARGS(request.body));
    struct json *sent = json_member(parsed(body), "messages");
    ok(str_is(json_text(json_member(json_at(sent, 0), "content")), "Say \"hi\"\n\xf0\x9f\x97\xbc"),
       "plain text is escaped");
    ok(strstr(body, calls) != NULL, "a message given as JSON goes out verbatim");
    ok(str_is(json_text(json_member(json_at(sent, 2), "content")), ""), "an empty text is a text");
    ok(sent && sent->count == 3, "in order, and no more");
}

static void test_limits(void)
{
    char text[3000];
    memset(text, 'x', sizeof text);
    struct prompt_message message = { "user", { text, sizeof text }, { 0 } };
    struct completion completion = { .messages = &message, .message_count = 1 };
    struct arena *small = arena_new(1024), *big = arena;
    struct http_request request;
    arena = small;
    ok(write_of("openai", NULL, &completion, &request) == -1,
       "a body too large for the arena is refused");
    arena = big;
    arena_free(&small);
    ok(!provider_kind_find("nobody"), "there is no other kind");
    int found = 0, named = 0;
    for (const char *const *name = provider_kinds(); *name; name++, named++)
        found += provider_kind_find(*name) && !strcmp(provider_kind_find(*name)->name, *name);
    ok(found == named && named > 0, "each kind is found by its name");
}

/* What happens to a conversation of these two messages, a call and its result. */
static const char *outcome(const char *kind, const char *call, const char *result)
{
    struct prompt_message messages[] = { { "assistant", STR(""), str_of(call) },
                                         { "tool", STR("x"), str_of(result) } };
    struct completion completion = { .messages = messages, .message_count = 2 };
    struct upstream upstream = { .kind = provider_kind_find(kind),
                                 .base_url = "http://p.example",
                                 .model = "m" };
    struct http_request request;
    struct error err = { 0 };
    if (upstream.kind->write_request(&upstream, &completion, arena, &request, &err) == 0)
        return "asked";
    return arena_printf(arena, "%s %s", err.code, err.param);
}

#define CALL(id, function) "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":" id "," function "}]}"
#define F                  "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}"
#define RESULT             "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"7\"}"

/* Also by those who pass messages on: no provider takes it, and few say where. */
static void test_calls(void)
{
    static const char *const kinds[] = { "openai", "compatible", "azure", "vllm",
                                         "tgi-v1", "anthropic",  "ollama" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *kind = kinds[i];
        is_text(outcome(kind, CALL("\"a\"", F), RESULT), "asked",
                "%s takes a result behind its call", kind);
        is_text(outcome(kind, CALL("\"b\"", F), RESULT), "invalid_messages messages[1]",
                "another call's result");
        is_text(outcome(kind, CALL("\"a\"", F), NULL), "invalid_messages messages[1]",
                "a result of nothing");
        is_text(outcome(kind, CALL("7", F), RESULT), "invalid_messages messages[0]",
                "a call whose id is no text");
        is_text(
            outcome(kind, CALL("\"a\"", "\"function\":{\"name\":\"f\",\"arguments\":{}}"), RESULT),
            "invalid_messages messages[0]", "arguments that are no text");
        is_text(outcome(kind, "{\"role\":\"assistant\",\"tool_calls\":{}}", RESULT),
                "invalid_messages messages[0]", "calls that are no array");
    }
    is_text(
        outcome("openai",
                CALL("\"a\"", "\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"input\":\"x\"}"),
                RESULT),
        "asked", "a tool of OpenAI's that takes free text");
}

int main(void)
{
    arena = arena_new(4 << 20);
    test_bodies();
    test_heads();
    test_messages();
    test_limits();
    test_calls();
    arena_free(&arena);
    return done();
}
