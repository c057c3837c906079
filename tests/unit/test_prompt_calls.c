/* A tool's result answers a call of an earlier message, or is refused by its place. */
#include "chat/prompt.h"
#include "tap.h"

static struct arena *arena;

static const char *checked(const char *messages)
{
    struct json *root;
    struct error err = { 0 };
    if (json_parse(arena, str_of(messages), NULL, &root, &err) != 0)
        return "no JSON";
    return prompt_check_calls(root, &err) == 0 ? "good" : arena_printf(arena, "%s", err.param);
}

#define CALL(id)                                                                                   \
    "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":" id                                          \
    ",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"
#define RESULT(id) "{\"role\":\"tool\",\"content\":\"7\",\"tool_call_id\":" id "}"
#define USER       "{\"role\":\"user\",\"content\":\"hi\"}"

int main(void)
{
    static const char *const cases[][2] = {
        { "[" USER "]", "good" },
        { "[" USER "," CALL("\"a\"") "," RESULT("\"a\"") "]", "good" },
        { "[" CALL("\"a\"") "," CALL("\"b\"") "," RESULT("\"b\"") "," RESULT("\"a\"") "]", "good" },
        { "[" USER "," RESULT("\"a\"") "]", "messages[1].tool_call_id" },
        { "[" CALL("\"a\"") "," RESULT("\"b\"") "]", "messages[1].tool_call_id" },
        { "[" RESULT("\"a\"") "," CALL("\"a\"") "]", "messages[0].tool_call_id" },
        { "[" CALL("\"a\"") "," RESULT("null") "]", "messages[1].tool_call_id" },
        { "[" CALL("\"a\"") "," RESULT("7") "]", "messages[1].tool_call_id" },
        { "[" CALL("7") "]", "messages[0].tool_calls[0].id" },
        { "[" CALL("\"\"") "]", "messages[0].tool_calls[0].id" },
        { "[{\"role\":\"assistant\",\"tool_calls\":null}]", "good" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"custom\"}]}]",
          "good" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
          "\"arguments\":null}}]}]",
          "good" },
        { "[{\"role\":\"assistant\",\"tool_calls\":{}}]", "messages[0].tool_calls" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[1]}]", "messages[0].tool_calls[0]" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{}}]}]",
          "messages[0].tool_calls[0].function.name" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
          "\"arguments\":{}}}]}]",
          "messages[0].tool_calls[0].function.arguments" },
    };
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_text(checked(cases[i][0]), cases[i][1], "%s", cases[i][0]);
    arena_free(&arena);
    return done();
}
