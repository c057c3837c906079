/* Anthropic's Messages: OpenAI's conversation in, OpenAI's stream out. */
#include "provider_talk.h"

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define START                                                                                      \
    EVENT("message_start", ",\"message\":{\"usage\":{\"input_tokens\":20,"                         \
                           "\"cache_creation_input_tokens\":3,\"cache_read_input_tokens\":1,"      \
                           "\"output_tokens\":1}}")
#define BLOCK(index, inside)                                                                       \
    EVENT("content_block_start", ",\"index\":" #index ",\"content_block\":{" inside "}")
#define DELTA(index, inside)                                                                       \
    EVENT("content_block_delta", ",\"index\":" #index ",\"delta\":{" inside "}")
#define CLOSE(index)      EVENT("content_block_stop", ",\"index\":" #index)
#define TEXT(index, text) DELTA(index, "\"type\":\"text_delta\",\"text\":\"" text "\"")
#define JSON(index, text)                                                                          \
    DELTA(index, "\"type\":\"input_json_delta\",\"partial_json\":\"" text "\"")
#define STOP(reason)                                                                               \
    EVENT("message_delta",                                                                         \
          ",\"delta\":{\"stop_reason\":\"" reason "\"},\"usage\":{\"output_tokens\":9}")           \
    EVENT("message_stop", "")
#define USAGE                                                                                      \
    "{\"prompt_tokens\":24,\"completion_tokens\":9,\"total_tokens\":33,"                           \
    "\"prompt_tokens_details\":{\"cached_tokens\":1,\"cache_write_tokens\":3}}"

static const char url[] = "http://p.example/v1/messages ";

static void test_streams(void)
{
    struct talk *talk = begin("anthropic", HELLO);
    hears("text", talk,
          START BLOCK(0, "\"type\":\"text\",\"text\":\"\"") EVENT("ping", "")
              TEXT(0, "\\u0141\\u00f3d\\u017a \xf0\x9f\x97\xbc") TEXT(0, " \\\"lit\\\"") CLOSE(0)
                  STOP("end_turn"),
          "[role]\xc5\x81\xc3\xb3"
          "d\xc5\xba \xf0\x9f\x97\xbc \"lit\"|stop|" USAGE " END");
    hears("tools: a block's index is no tool's index", talk,
          START BLOCK(0, "\"type\":\"text\",\"text\":\"\"") TEXT(0, "Both.") CLOSE(0)
              BLOCK(1, "\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}") JSON(1, "")
                  JSON(1, "{\\\"x\\\"") JSON(1, ":1}") CLOSE(1)
                      BLOCK(2, "\"type\":\"tool_use\",\"id\":\"b\",\"name\":\"g\",\"input\":{}")
                          CLOSE(2) STOP("tool_use"),
          "[role]Both.<a f>{\"x\":1}<b g>{}|tool_calls|" USAGE " END");
    hears("thinking is shown, its signature is not; unknown events mean nothing", talk,
          START BLOCK(0, "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
              DELTA(0, "\"type\":\"thinking_delta\",\"thinking\":\"Hm.\"")
                  DELTA(0, "\"type\":\"signature_delta\",\"signature\":\"c2ln\"") CLOSE(0)
                      BLOCK(1, "\"type\":\"redacted_thinking\",\"data\":\"eA\"") CLOSE(1)
                          EVENT("never_heard_of", ",\"x\":[1]") TEXT(2, "Yes.")
                              STOP("stop_sequence"),
          "[role]{Hm.}Yes.|stop|" USAGE " END");
    hears("nothing said", talk, START STOP("max_tokens"), "[role]|length|" USAGE " END");
    hears("a refusal", talk, START TEXT(0, "I") STOP("refusal"),
          "[role]I|content_filter|" USAGE " END");
    hears("an overload before any text is told by a status", talk,
          START EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}"),
          " upstream_unavailable 503");
    hears("an overload under way is told in the stream", talk,
          START TEXT(0, "I")
              EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}"),
          "[role]I upstream_overloaded 503");
    hears("a stream that broke off", talk, START TEXT(0, "I") "event: content_block_delta\ndata: {",
          "[role]I CUT");
    hears("garbage", talk, START "data: {]\n\n", " upstream_bad_response 502");
}

static void test_requests(void)
{
    is_text(
        asked_of(begin("anthropic",
                       "{\"messages\":[{\"role\":\"system\",\"content\":\"A\"},{\"role\":"
                       "\"developer\",\"content\":\"B\"},{\"role\":\"user\",\"content\":\"C\"}],"
                       "\"max_tokens\":9,\"temperature\":1.5,\"top_p\":0.5,\"top_k\":4,\"seed\":1,"
                       "\"stop\":[\" \",\"END\"],\"user\":\"u1\",\"n\":1}")),
        arena_printf(arena,
                     "%s{\"model\":\"m-1\",\"max_tokens\":9,\"system\":\"A\\nB\",\"messages\":"
                     "[{\"role\":\"user\",\"content\":\"C\"}],\"top_k\":4,\"temperature\":1,"
                     "\"stop_sequences\":[\"END\"],\"metadata\":{\"user_id\":\"u1\"}}",
                     url),
        "the system's words apart, one sampling parameter, no blank stops");
    is_text(asked_of(begin(
                "anthropic",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\"},"
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}},"
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.example/i\"}}]}]}")),
            arena_printf(arena,
                         "%s{\"model\":\"m-1\",\"max_tokens\":4096,\"messages\":[{\"role\":"
                         "\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":"
                         "\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAA\"}},{\"type\":"
                         "\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x.example/"
                         "i\"}}]}]}",
                         url),
            "images by value and by address, no empty text");
    is_text(
        asked_of(begin("anthropic",
                       "{\"messages\":[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
                       "\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                       "\"arguments\":\"\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"a\","
                       "\"content\":\"7\"},{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":"
                       "\"8\"}],\"parallel_tool_calls\":false,\"tools\":[{\"type\":\"function\","
                       "\"function\":{\"name\":\"f\"}}]}")),
        arena_printf(
            arena,
            "%s{\"model\":\"m-1\",\"max_tokens\":4096,\"messages\":[{\"role\":\"assistant\","
            "\"content\":[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}]},{"
            "\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"a\","
            "\"content\":\"7\"},{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":\"8\"}"
            "]}],\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":"
            "{}}}],\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}}",
            url),
        "calls with objects, results in one message");
}

static void test_thinking(void)
{
    struct talk *talk = begin("anthropic", "{\"messages\":[],\"temperature\":0.5,"
                                           "\"reasoning_effort\":\"high\"}");
    ok(strstr(asked_of(talk), "\"max_tokens\":12288,\"thinking\":{\"type\":\"enabled\","
                              "\"budget_tokens\":8192}") &&
           !strstr(asked_of(talk), "temperature"),
       "thinking has a budget, room for an answer, and no temperature beside it");
    is_text(header_of(talk, "anthropic-version"), "2023-06-01", "the version is said");
    is_text(header_of(talk, "x-api-key"), "key", "the key in its own header");
    is_text(header_of(talk, "Authorization"), "absent", "and nowhere else");
    talk->upstream.options.api_version = "2026-10-21";
    ok(strstr(asked_of(talk), "\"output_config\":{\"effort\":\"high\"}") &&
           strstr(asked_of(talk), "\"adaptive\""),
       "the newer version thinks by effort");
    talk =
        begin("anthropic", "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
                           "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]},{\"role\":\"tool\","
                           "\"tool_call_id\":\"a\",\"content\":\"7\"},{\"role\":\"user\","
                           "\"content\":\"So?\"}],\"reasoning_effort\":\"high\"}");
    ok(!strstr(asked_of(talk), "\"thinking\""),
       "behind its calls it does not: nobody has kept what it thought before them");
    talk->upstream.options.api_version = "2026-10-21";
    ok(strstr(asked_of(talk), "\"adaptive\""), "the newer version does");
}

static void test_refusals(void)
{
    is_text(asked_of(begin("anthropic", "{\"messages\":[],\"n\":2}")), "unsupported_parameter n",
            "one answer only");
    is_text(asked_of(begin("anthropic", "{\"messages\":[],\"audio\":{\"a\":1}}")),
            "unsupported_parameter audio", "what has no counterpart is refused by name");
    is_text(asked_of(begin("anthropic", "{\"messages\":[],\"temperature\":\"warm\"}")),
            "invalid_type temperature", "a wrong type");
    is_text(asked_of(begin("anthropic", "{\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"z\","
                                        "\"content\":\"7\"}]}")),
            "invalid_messages messages[0]", "a result without its call");
    is_text(asked_of(begin("anthropic", "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{"
                                        "\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
                                        "\"{\"}}]}]}")),
            "invalid_messages messages[0]", "arguments that are no object");
    is_text(asked_of(begin("anthropic", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                                        "\"input_audio\"}]}]}")),
            "unsupported_content messages", "sound");
    is_text(asked_of(begin("anthropic",
                           "{\"messages\":[],\"max_tokens\":1000,\"reasoning_effort\":\"low\"}")),
            "invalid_value reasoning_effort", "no room to think");
}

static void test_bodies(void)
{
    struct talk *talk = begin("anthropic", HELLO);
    is_text(answer_of(talk, "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm\"},{\"type\":"
                            "\"text\",\"text\":\"A\"},{\"type\":\"text\",\"text\":\"B\"}],"
                            "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":2,"
                            "\"output_tokens\":3}}"),
            ANSWER_HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        "\"AB\",\"refusal\":null,\"reasoning_content\":\"Hm\"},\"logprobs\":null,"
                        "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,"
                        "\"completion_tokens\":3,\"total_tokens\":5,\"prompt_tokens_details\":{"
                        "\"cached_tokens\":0,\"cache_write_tokens\":0}}}",
            "texts joined, thinking apart");
    ok(strstr(answer_of(talk, "{\"content\":[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\","
                              "\"input\":{ \"x\" : \"a b\" }}],\"stop_reason\":\"tool_use\"}"),
              "\"content\":null,\"refusal\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
              "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":\\\"a "
              "b\\\"}\"}}]},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}"),
       "a call");
    is_text(answer_of(talk, "{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}"),
            "upstream_error 502", "an error instead of an answer");
    is_text(answer_of(talk, "{\"ok\":true}"), "upstream_bad_response 502", "no answer");
    is_text(answer_of(talk, "<html>"), "upstream_bad_response 502", "no JSON");
}

int main(void)
{
    talk_begin();
    test_streams();
    test_requests();
    test_thinking();
    test_refusals();
    test_bodies();
    return talk_done();
}
