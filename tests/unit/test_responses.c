/* OpenAI's Responses: a chat's conversation in, a chat's stream out. */
#include "provider_talk.h"

#define EVENT(type, members)                                                                       \
    "event: response." type "\ndata: {\"type\":\"response." type "\"" members "}\n\n"
#define TEXT(text) EVENT("output_text.delta", ",\"output_index\":1,\"delta\":\"" text "\"")
#define CALL(output, id, name)                                                                     \
    EVENT("output_item.added", ",\"output_index\":" #output                                        \
                               ",\"item\":{\"type\":\"function_call\",\"id\":\"no\",\"call_id\":"  \
                               "\"" id "\",\"name\":\"" name "\"}")
#define ARGS(output, text)                                                                         \
    EVENT("function_call_arguments.delta", ",\"output_index\":" #output ",\"delta\":\"" text "\"")
#define ALL_ARGS(output, text)                                                                     \
    EVENT("function_call_arguments.done",                                                          \
          ",\"output_index\":" #output ",\"arguments\":\"" text "\"")
#define TOKENS                                                                                     \
    ",\"usage\":{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":1,"                \
    "\"cache_write_tokens\":0},\"output_tokens\":2,\"output_tokens_details\":{"                    \
    "\"reasoning_tokens\":1}}"
#define DONE EVENT("completed", ",\"response\":{\"status\":\"completed\"" TOKENS "}")
#define USAGE                                                                                      \
    "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9,\"prompt_tokens_details\":{"  \
    "\"cached_tokens\":1,\"cache_write_tokens\":0},\"completion_tokens_details\":{"                \
    "\"reasoning_tokens\":1}}"

static void test_streams(void)
{
    struct talk *talk = begin("openai-responses", HELLO);
    hears("text, once", talk,
          EVENT("created", ",\"response\":{\"error\":null}") TEXT("A") TEXT("B")
              EVENT("output_text.done", ",\"text\":\"AB\"") DONE,
          "[role]AB|stop|" USAGE " END");
    hears("reasoning and a refusal", talk,
          EVENT("reasoning_summary_text.delta", ",\"delta\":\"Hm\"")
              EVENT("refusal.delta", ",\"delta\":\"No\"") DONE,
          "[role]{Hm}!No!|stop|" USAGE " END");
    hears("calls: an item's index is no call's index, its id no call's id", talk,
          CALL(1, "a", "f") ARGS(1, "{\\\"x\\\"") ARGS(1, ":1}") ALL_ARGS(1, "{\\\"x\\\":1}")
              CALL(3, "b", "g") ALL_ARGS(3, "{}") DONE,
          "[role]<a f>{\"x\":1}<b g>{}|tool_calls|" USAGE " END");
    hears("too long", talk,
          TEXT("A") EVENT("incomplete",
                          ",\"response\":{\"status\":\"incomplete\","
                          "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}" TOKENS "}"),
          "[role]A|length|" USAGE " END");
    hears("a flat error", talk,
          TEXT("A") "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\","
                    "\"message\":\"x\",\"param\":null}\n\n",
          "[role]A upstream_error 502");
    hears("a failure", talk,
          TEXT("A") EVENT("failed", ",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
                                    "\"rate_limit_exceeded\",\"message\":\"x\"}}"),
          "[role]A rate_limit_exceeded 429");
    hears("a stream that broke off", talk, TEXT("A") "event: response.output_te", "[role]A CUT");
    hears("one item, two calls", talk, CALL(1, "a", "f") CALL(1, "b", "g"),
          "[role]<a f> upstream_bad_response 502");
    hears("arguments of nobody's", talk, ARGS(5, "{") TEXT("A") DONE, "[role]A|stop|" USAGE " END");
}

static void test_requests(void)
{
    is_text(asked_of(begin(
                "openai-responses",
                "{\"messages\":[{\"role\":\"developer\",\"content\":\"A\"},{\"role\":\"user\","
                "\"content\":[{\"type\":\"text\",\"text\":\"B\"},{\"type\":\"image_url\","
                "\"image_url\":{\"url\":\"https://x/i\",\"detail\":\"low\"}}]},{\"role\":"
                "\"assistant\",\"content\":\"C\",\"tool_calls\":[{\"id\":\"a\",\"function\":{"
                "\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"a\","
                "\"content\":\"7\"}],\"max_tokens\":5,\"reasoning_effort\":\"low\",\"tools\":[{"
                "\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}],"
                "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},"
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"d\","
                "\"schema\":{\"type\":\"object\"}}},\"stream\":true}")),
            "http://p.example/responses {\"model\":\"m-1\",\"store\":false,\"input\":[{\"role\":"
            "\"developer\",\"content\":\"A\"},{\"role\":\"user\",\"content\":[{\"type\":"
            "\"input_text\",\"text\":\"B\"},{\"type\":\"input_image\",\"image_url\":"
            "\"https://x/i\",\"detail\":\"low\"}]},{\"role\":\"assistant\",\"content\":\"C\"},{"
            "\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\",\"arguments\":\"{}\"},{"
            "\"type\":\"function_call_output\",\"call_id\":\"a\",\"output\":\"7\"}],\"tools\":[{"
            "\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"type\":\"object\","
            "\"properties\":{}},\"strict\":true}],\"tool_choice\":{\"type\":\"function\",\"name\":"
            "\"f\"},\"reasoning\":{\"effort\":\"low\"},\"text\":{\"format\":{\"type\":"
            "\"json_schema\",\"name\":\"d\",\"strict\":false,\"schema\":{\"type\":\"object\"}}},"
            "\"max_output_tokens\":16,\"stream\":true}",
            "items, flat tools, at least 16 tokens, nothing kept over there");
    is_text(asked_of(begin("openai-responses", "{\"messages\":[],\"n\":2}")),
            "unsupported_parameter n", "one answer only");
    is_text(asked_of(begin("openai-responses", "{\"messages\":[],\"logprobs\":true}")),
            "unsupported_parameter logprobs", "no logprobs");
}

static void test_bodies(void)
{
    struct talk *talk = begin("openai-responses", HELLO);
    is_text(answer_of(talk, "{\"status\":\"completed\",\"error\":null,\"output\":[{\"type\":"
                            "\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":"
                            "\"Hm\"}]},{\"type\":\"message\",\"content\":[{\"type\":"
                            "\"output_text\",\"text\":\"A\"}]},{\"type\":\"function_call\","
                            "\"call_id\":\"a\",\"name\":\"f\",\"arguments\":\"{}\"}]" TOKENS "}"),
            ANSWER_HEAD
            "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A\","
            "\"refusal\":null,\"reasoning_content\":\"Hm\",\"tool_calls\":[{\"id\":\"a\",\"type\":"
            "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"logprobs\":null,"
            "\"finish_reason\":\"tool_calls\"}],\"usage\":" USAGE "}",
            "an answer");
    is_text(answer_of(talk, "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\"}}"),
            "upstream_error 502", "a failure");
    is_text(answer_of(talk, "{\"id\":1}"), "upstream_bad_response 502", "no answer");
}

int main(void)
{
    talk_begin();
    test_streams();
    test_requests();
    test_bodies();
    return talk_done();
}
