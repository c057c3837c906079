/* A turn's chunks become Anthropic's events, and its whole answer a message. */
#include "door_talk.h"

#define ROLE     "\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null"
#define TEXT(t)  "\"delta\":{\"content\":\"" t "\"}"
#define THINK(t) "\"delta\":{\"reasoning_content\":\"" t "\"}"
#define CALL(n, id, name)                                                                          \
    "\"delta\":{\"tool_calls\":[{\"index\":" #n ",\"id\":\"" id                                    \
    "\",\"type\":\"function\",\"function\":{\"name\":\"" name "\",\"arguments\":\"\"}}]}"
#define ARGUMENTS(n, text)                                                                         \
    "\"delta\":{\"tool_calls\":[{\"index\":" #n ",\"function\":{\"arguments\":\"" text "\"}}]}"
#define FINISH(reason)    "\"delta\":{},\"finish_reason\":\"" reason "\""
#define EVENT(name, data) "event: " name "\ndata: {\"type\":\"" name "\"" data "}\n\n"
#define START(i, block)   EVENT("content_block_start", ",\"index\":" #i ",\"content_block\":" block)
#define DELTA(i, delta)   EVENT("content_block_delta", ",\"index\":" #i ",\"delta\":" delta)
#define STOP(i)           EVENT("content_block_stop", ",\"index\":" #i)
#define USAGE                                                                                      \
    "\"usage\":{\"input_tokens\":22,\"cache_creation_input_tokens\":0,"                            \
    "\"cache_read_input_tokens\":8,\"output_tokens\":20,\"output_tokens_details\":{"               \
    "\"thinking_tokens\":5}}"
#define BEGIN                                                                                      \
    EVENT("message_start",                                                                         \
          ",\"message\":{\"id\":\"msg_01abc\",\"type\":\"message\",\"role\":\"assistant\","        \
          "\"model\":\"small\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"        \
          "\"usage\":{\"input_tokens\":12,\"cache_creation_input_tokens\":0,"                      \
          "\"cache_read_input_tokens\":0,\"output_tokens\":0,\"output_tokens_details\":{"          \
          "\"thinking_tokens\":0}}}")
#define END(reason)                                                                                \
    EVENT("message_delta",                                                                         \
          ",\"delta\":{\"stop_reason\":\"" reason "\",\"stop_sequence\":null}," USAGE)             \
    EVENT("message_stop", "")

static const char *say(const char *const *choices)
{
    static const char *chunks[16];
    size_t n = 0;
    for (; choices[n]; n++)
        chunks[n] = choices[n][0] == '{' ? choices[n] : chunk(choices[n]);
    chunks[n] = NULL;
    const char *first = told(&messages_door, chunks), *second = told(&messages_door, chunks);
    ok(strcmp(first, second) == 0, "the same chunks are the same bytes");
    return first;
}
#define SAY(...) say((const char *const[]){ __VA_ARGS__, NULL })

static void text(void)
{
    is_text(SAY(ROLE, TEXT("On"), TEXT("e \\\"\\u00e9"), FINISH("stop")),
            BEGIN START(0, "{\"type\":\"text\",\"text\":\"\"}")
                DELTA(0, "{\"type\":\"text_delta\",\"text\":\"On\"}")
                    DELTA(0, "{\"type\":\"text_delta\",\"text\":\"e \\\"\\u00e9\"}") STOP(0)
                        END("end_turn"),
            "text is one block");
    is_text(SAY(ROLE, FINISH("stop")), BEGIN END("end_turn"), "an empty answer has none");
    is_text(SAY("{\"nonsense\":1}", "{not json", "\"delta\":{\"content\":5}"),
            BEGIN END("end_turn"), "what cannot be read says nothing");
    is_text(SAY("{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}}]}"),
            BEGIN END("end_turn"), "nor does another choice");
}

static void thoughts(void)
{
    is_text(SAY(THINK("Hm"), TEXT("So"), THINK("Oh"), FINISH("stop")),
            BEGIN START(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
                DELTA(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}") STOP(0)
                    START(1, "{\"type\":\"text\",\"text\":\"\"}")
                        DELTA(1, "{\"type\":\"text_delta\",\"text\":\"So\"}") STOP(1)
                            START(2, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
                                DELTA(2, "{\"type\":\"thinking_delta\",\"thinking\":\"Oh\"}")
                                    STOP(2) END("end_turn"),
            "thoughts are blocks of their own, wherever they come");
    ok(says(SAY("\"delta\":{\"reasoning\":\"Hm\"}"), "\"thinking\":\"Hm\""),
       "by vLLM's name for them too");
}

static void calls(void)
{
    is_text(SAY(TEXT("Look"), CALL(0, "a", "f"), ARGUMENTS(0, "{\\\"x\\\":"), ARGUMENTS(0, "1}"),
                CALL(1, "b", "g"), ARGUMENTS(1, "{}"), FINISH("tool_calls")),
            BEGIN START(0, "{\"type\":\"text\",\"text\":\"\"}")
                DELTA(0, "{\"type\":\"text_delta\",\"text\":\"Look\"}") STOP(0)
                    START(1, "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}")
                        DELTA(1, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\\\":\"}")
                            DELTA(1, "{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}")
                                STOP(1) START(2, "{\"type\":\"tool_use\",\"id\":\"b\",\"name\":"
                                                 "\"g\",\"input\":{}}")
                                    DELTA(2, "{\"type\":\"input_json_delta\",\"partial_json\":"
                                             "\"{}\"}") STOP(2) END("tool_use"),
            "each call is a block");
    const char *all = SAY("\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
                          "\"arguments\":{\"x\":1}}},{\"id\":\"b\",\"function\":{\"name\":\"g\","
                          "\"arguments\":\"{}\"}}]}",
                          FINISH("stop"));
    ok(says(all, "\"partial_json\":\"{\\\"x\\\":1}\"") && times(all, "\"tool_use\",\"id\"") == 2,
       "whole calls in one chunk, without index, one with an object for its arguments");
    ok(says(all, "\"stop_reason\":\"tool_use\""), "which is why it ends, whatever the server says");
    all = SAY("\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\"}}]}");
    ok(says(all, "\"id\":\"call_turn_01abc_0\""), "a call without an id gets one");
    all = SAY(CALL(0, "a", "f"), CALL(1, "b", "g"), ARGUMENTS(0, "{}"));
    ok(says(all, "\"index\":0,\"delta\":{\"type\":\"input_json_delta\""),
       "what comes late for an earlier call goes there");
    ok(!says(SAY("\"delta\":{\"tool_calls\":[{\"index\":5000,\"function\":{\"name\":\"f\"}}]}"),
             "content_block"),
       "there is an end to how many there may be");
}

static void ends(void)
{
    ok(says(SAY(TEXT("a"), FINISH("length")), "\"stop_reason\":\"max_tokens\""), "too long");
    ok(says(SAY(TEXT("a"), FINISH("content_filter")), "\"stop_reason\":\"refusal\""), "filtered");
    const char *all = SAY("\"delta\":{\"refusal\":\"No.\"}", FINISH("stop"));
    ok(says(all, "\"text_delta\",\"text\":\"No.\"") && says(all, "\"stop_reason\":\"refusal\""),
       "a refusal is text, and the reason");
    ok(says(SAY(TEXT("a"), "\"delta\":{},\"finish_reason\":\"stop\",\"stop_reason\":\"END\""),
            "\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\""),
       "the stop text, where the provider tells it");
    ok(says(SAY(TEXT("a"), FINISH("stop"),
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":20,"
                "\"prompt_tokens_details\":{\"cached_tokens\":8,\"cache_write_tokens\":2}}}"),
            "\"input_tokens\":20,\"cache_creation_input_tokens\":2,\"cache_read_input_tokens\":8"),
       "what was written to the cache is no fresh input");
}

static void errors(void)
{
    static const struct {
        int status;
        const char *type;
    } types[] = { { 400, "invalid_request_error" },
                  { 401, "authentication_error" },
                  { 403, "permission_error" },
                  { 404, "not_found_error" },
                  { 405, "invalid_request_error" },
                  { 413, "request_too_large" },
                  { 422, "invalid_request_error" },
                  { 429, "rate_limit_error" },
                  { 500, "api_error" },
                  { 502, "api_error" },
                  { 503, "overloaded_error" },
                  { 504, "timeout_error" } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct problem problem = { types[i].status, "t", "c", "Words.", "p", "req_1" };
        struct text all = text_make(4096);
        note(&all, messages_door.broken(talk_voice(&messages_door), &problem));
        is_text(text_str(&all).at,
                arena_printf(talk_arena,
                             "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"%s\","
                             "\"message\":\"Words.\",\"details\":{\"error_code\":\"c\",\"param\":"
                             "\"p\"}},\"request_id\":\"req_1\"}\n\n",
                             types[i].type),
                "%d is Anthropic's %s", types[i].status, types[i].type);
        text_free(&all);
    }
    struct said ping = messages_door.ping(talk_voice(&messages_door));
    ok(ping.count == 1 && str_is(ping.pieces[0], "event: ping\ndata: {\"type\":\"ping\"}\n\n"),
       "silence is pinged");
}

static void bodies(void)
{
#define WHOLE(message, finish)                                                                     \
    whole(&messages_door, "{\"choices\":[{\"index\":0,\"message\":{" message                       \
                          "},\"finish_reason\":\"" finish "\"}]}")
#define MESSAGE(content, reason)                                                                   \
    "{\"id\":\"msg_01abc\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"small\","       \
    "\"content\":[" content "],\"stop_reason\":\"" reason "\",\"stop_sequence\":null," USAGE "}"
    is_text(
        WHOLE("\"content\":\"Hi\",\"reasoning_content\":\"Hm\",\"tool_calls\":[{\"id\":\"a\","
              "\"function\":{\"name\":\"f\",\"arguments\":\"{\\n\\\"x\\\": 1}\"}},{\"function\":"
              "{\"name\":\"g\",\"arguments\":\"\"}},{\"id\":\"c\",\"function\":{\"name\":\"h\","
              "\"arguments\":\"{x\"}}]",
              "tool_calls"),
        MESSAGE("{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"\"},"
                "{\"type\":\"text\",\"text\":\"Hi\"},"
                "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{ \"x\": 1}},"
                "{\"type\":\"tool_use\",\"id\":\"call_turn_01abc_1\",\"name\":\"g\",\"input\":"
                "{}},{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"h\",\"input\":{"
                "\"INVALID_JSON\":\"{x\"}}",
                "tool_use"),
        "a whole answer, with all that it may have");
    is_text(WHOLE("\"content\":\"\"", "stop"), MESSAGE("", "end_turn"), "an empty one");
    is_text(WHOLE("\"content\":null,\"refusal\":\"No.\"", "stop"),
            MESSAGE("{\"type\":\"text\",\"text\":\"No.\"}", "refusal"), "a refusal");
    is_text(WHOLE("\"content\":\"a\"", "length"),
            MESSAGE("{\"type\":\"text\",\"text\":\"a\"}", "max_tokens"), "one that is cut");
}

int main(void)
{
    talk_arena = arena_new(1 << 24);
    text();
    thoughts();
    calls();
    ends();
    errors();
    bodies();
    arena_free(&talk_arena);
    return done();
}
