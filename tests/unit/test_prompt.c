/* The messages of a request: every shape of role and content, every wrong place named, and a bound
 * of tokens that no provider's count exceeds. */
#include "chat/prompt.h"
#include "tap.h"

static struct arena *arena;
static const struct prompt_limits limits = { 5, 100 };
static struct error err;

static int read_with(const char *json, const struct prompt_limits *most, struct prompt *out)
{
    struct json *body;
    err = (struct error){ 0 };
    if (json_parse(arena, str_of(json), NULL, &body, &err) < 0) {
        ok(0, "the test's JSON is broken: %s in %s", err.message, json);
        return -1;
    }
    return prompt_read(arena, json_member(body, "messages"), most, out, &err);
}

static struct prompt good(const char *messages)
{
    struct prompt out = { 0 };
    int status = read_with(arena_printf(arena, "{\"messages\":%s}", messages), &limits, &out);
    ok(status == 0, "taken: %s%s%s", messages, status ? ": " : "", status ? err.message : "");
    if (status != 0)
        out = (struct prompt){ arena_alloc(arena, 4096), arena_alloc(arena, 4096), 1 };
    return out;
}

static void bad(const char *messages, const char *param, const char *why)
{
    struct prompt out = { .count = 77 };
    int status = read_with(arena_printf(arena, "{\"messages\":%s}", messages), &limits, &out);
    ok(status == -1 && err.kind == ERROR_BAD_REQUEST && !strcmp(err.code, "invalid_messages"),
       "refused, %s", why);
    is_text(err.param, param, "and the place is named");
    ok(strstr(err.message, param) && out.count == 77, "in the words too, and nothing is written");
}

static void roles(void)
{
    static const char *const known[] = { "system",    "developer", "user",
                                         "assistant", "tool",      "function" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct prompt p =
            good(arena_printf(arena, "[{\"role\":\"%s\",\"content\":\"x\"}]", known[i]));
        is_text(p.messages[0].role, known[i], "its role is kept");
    }
}

static void contents(void)
{
    struct prompt p = good("[{\"role\":\"user\",\"content\":\"h\\u00e9\"}]");
    is_text(p.messages[0].content.at, "hé", "text is decoded");
    ok(!p.messages[0].json.at, "plain text needs no object");
    p = good("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
             "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}},"
             "{\"type\":\"text\",\"text\":\"b\"}]}]");
    is_text(p.messages[0].content.at, "a\nb", "text parts are joined, for people");
    ok(str_starts(p.messages[0].json, "{\"role\":\"user\",\"content\":[{"),
       "the whole object is kept, for the provider");
    p = good("[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\"}]}]");
    is_text(p.messages[0].content.at, "", "an assistant may say nothing");
    ok(str_starts(p.messages[0].json, "{\"role\":\"assistant\""), "and its calls are kept");
    good("[{\"role\":\"assistant\",\"tool_calls\":[]}]");
    p = good("[{\"role\":\"user\",\"name\":\"Maria\",\"content\":\"x\"}]");
    ok(p.messages[0].json.at != NULL, "any further member keeps the object");
    p = good("[{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"42\"},"
             "{\"role\":\"user\",\"content\":\"\"}]");
    ok(p.count == 2 && p.messages[1].content.len == 0, "an empty text is a text");
    good("[{\"role\":\"user\",\"content\":[]}]");
    p = good("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":null}]}]");
    is_text(p.messages[0].content.at, "", "a part without text says nothing");
}

static void wrong_places(void)
{
    bad("null", "messages", "null");
    bad("\"hello\"", "messages", "a string");
    bad("{\"role\":\"user\"}", "messages", "an object");
    bad("[]", "messages", "empty");
    bad("[\"x\"]", "messages[0]", "an element that is no object");
    bad("[{}]", "messages[0].role", "no role");
    bad("[{\"role\":1,\"content\":\"x\"}]", "messages[0].role", "a role that is no string");
    bad("[{\"role\":\"root\",\"content\":\"x\"}]", "messages[0].role", "an unknown role");
    bad("[{\"role\":\"User\",\"content\":\"x\"}]", "messages[0].role", "a role in capitals");
    bad("[{\"role\":\"user\"}]", "messages[0].content", "no content");
    bad("[{\"role\":\"user\",\"content\":null}]", "messages[0].content", "null");
    bad("[{\"role\":\"user\",\"content\":5}]", "messages[0].content", "a number");
    bad("[{\"role\":\"user\",\"content\":{}}]", "messages[0].content", "an object");
    bad("[{\"role\":\"user\",\"content\":[\"x\"]}]", "messages[0].content",
        "a part that is a string");
    bad("[{\"role\":\"user\",\"content\":[{}]}]", "messages[0].content", "a part without a type");
    bad("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":1}]}]", "messages[0].content",
        "a text that is none");
    bad("[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"x\"},"
        "{\"role\":\"user\"}]",
        "messages[2].content", "the third of three");
}

static void missing_messages(void)
{
    struct prompt out;
    ok(read_with("{}", &limits, &out) == -1 && err.kind == ERROR_BAD_REQUEST &&
           !strcmp(err.param, "messages"),
       "no messages at all is refused");
}

#define FORM "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"

static void limits_hold(void)
{
    struct prompt out = { 0 };
    char text[102];
    memset(text, 'x', 101);
    text[101] = '\0';
    ok(read_with(arena_printf(arena, FORM, text), &limits, &out) == -1 &&
           err.kind == ERROR_TOO_LARGE && !strcmp(err.param, "messages[0].content"),
       "a text over the limit is too large");
    text[100] = '\0';
    ok(read_with(arena_printf(arena, FORM, text), &limits, &out) == 0, "one at the limit is not");
    text[100] = 'x';
    ok(read_with(arena_printf(arena,
                              "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                              "\"text\",\"text\":\"%.60s\"},{\"type\":\"text\",\"text\":"
                              "\"%.60s\"}]}]}",
                              text, text),
                 &limits, &out) == -1 &&
           err.kind == ERROR_TOO_LARGE,
       "parts count together");
    const char *one = "{\"role\":\"user\",\"content\":\"x\"}";
    const char *five = arena_printf(arena, "%s,%s,%s,%s,%s", one, one, one, one, one);
    ok(read_with(arena_printf(arena, "{\"messages\":[%s]}", five), &limits, &out) == 0 &&
           out.count == 5,
       "as many messages as allowed");
    ok(read_with(arena_printf(arena, "{\"messages\":[%s,%s]}", five, one), &limits, &out) == -1 &&
           err.kind == ERROR_TOO_LARGE && !strcmp(err.code, "too_many_messages"),
       "one more is too many");
}

/* A token is at least one byte of the text, or of its JSON; each message has a frame of its own. */
static void tokens_bound_what_is_sent(void)
{
    static const struct prompt_limits wide = { 10, 1 << 20 };
    struct prompt p = good("[{\"role\":\"user\",\"content\":\"0123456789\"}]");
    ok(p.tokens[0] > 10, "a text counts all of its bytes and a frame (%lld)",
       (long long)p.tokens[0]);
    int64_t plain = p.tokens[0];
    p = good(
        "[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"0123456789\"}]}]");
    ok(p.tokens[0] > plain + 10, "calls of tools count too");
    p = good("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"0123456789\"}]}]");
    ok(p.tokens[0] > 10, "so do parts");
    p = good("[{\"role\":\"user\",\"name\":\"0123456789012345678901234567890123456789\","
             "\"content\":\"x\"}]");
    ok(p.tokens[0] > 40, "so do names");
    char *base64 = arena_alloc(arena, 500001);
    memset(base64, 'A', 500000);
    const char *image = arena_printf(arena,
                                     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                                     "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                                     "%s\"}}]}]}",
                                     base64);
    ok(read_with(image, &wide, &p) == 0, "a large image is taken: it is no text");
    ok(p.tokens[0] >= 1500 && p.tokens[0] < 5000,
       "and counts as an image, not as the bytes of its base64 (%lld)", (long long)p.tokens[0]);
    int64_t one = p.tokens[0];
    ok(read_with(
           "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\""
           ":{\"url\":\"a\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":\"b\"}}]}]}",
           &wide, &p) == 0 &&
           p.tokens[0] > one + 1000,
       "two count twice");
    is_number(prompt_tokens_of(STR("")) > 0, 1, "an empty message still has its frame");
    ok(prompt_tokens_of(STR("12345")) - prompt_tokens_of(STR("1234")) == 1, "one byte, one token");
}

static void one_text(void)
{
    struct prompt out;
    ok(prompt_of_text(arena, "user", STR("Hello"), &limits, &out, &err) == 0 && out.count == 1,
       "a text is a prompt of one message");
    is_text(out.messages[0].role, "user", "of its role");
    is_text(out.messages[0].content.at, "Hello", "with its text");
    is_number(out.tokens[0], prompt_tokens_of(STR("Hello")), "and its bound");
    ok(prompt_of_text(arena, "user", STR(""), &limits, &out, &err) == -1 &&
           err.kind == ERROR_BAD_REQUEST && !strcmp(err.param, "content"),
       "an empty one is refused");
    ok(prompt_of_text(arena, "user", (struct str){ 0 }, &limits, &out, &err) == -1,
       "so is an absent one");
    char text[101];
    memset(text, 'x', sizeof text);
    ok(prompt_of_text(arena, "user", (struct str){ text, 101 }, &limits, &out, &err) == -1 &&
           err.kind == ERROR_TOO_LARGE,
       "a long one is too large");
}

int main(void)
{
    arena = arena_new(16 << 20);
    roles();
    contents();
    wrong_places();
    missing_messages();
    limits_hold();
    tokens_bound_what_is_sent();
    one_text();
    arena_free(&arena);
    return done();
}
