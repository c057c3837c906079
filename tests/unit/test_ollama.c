/* Ollama's /api/chat: OpenAI's conversation in, OpenAI's stream out. */
#include "provider_talk.h"

#define LINE(message, more)                                                                        \
    "{\"model\":\"x\",\"message\":{\"role\":\"assistant\"," message "}" more "}\n"
#define MORE ",\"done\":false"
#define DONE(reason)                                                                               \
    ",\"done\":true,\"done_reason\":\"" reason "\",\"prompt_eval_count\":7,\"eval_count\":2"
#define USAGE "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}"

static const char url[] = "http://p.example/api/chat ";

static void test_streams(void)
{
    struct talk *talk = begin("ollama", HELLO);
    hears("text, with the last piece on the last line", talk,
          LINE("\"content\":\"a \\u003cb\\u003e\"", MORE)
              LINE("\"content\":\" \xe6\x9d\xb1\xe4\xba\xac\"", DONE("stop")),
          "[role]a <b> \xe6\x9d\xb1\xe4\xba\xac|stop|" USAGE " END");
    hears("thinking", talk,
          LINE("\"content\":\"\",\"thinking\":\"Hm\"", MORE)
              LINE("\"content\":\"\"", DONE("length")),
          "[role]{Hm}|length|" USAGE " END");
    hears("calls, with and without ids", talk,
          LINE("\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"function\":{\"name\":\"f\","
               "\"arguments\":{ \"x\": \"a b\" }}},{\"function\":{\"name\":\"g\"}}]",
               MORE) LINE("\"content\":\"\"", DONE("stop")),
          "[role]<c1 f>{\"x\":\"a b\"}<call_turn_1_1 g>{}|tool_calls|" USAGE " END");
    hears("counts that are left out are zero", talk,
          LINE("\"content\":\"a\"", ",\"done\":true,\"eval_count\":2"),
          "[role]a|stop|{\"prompt_tokens\":0,\"completion_tokens\":2,\"total_tokens\":2} END");
    hears("an error under way", talk, LINE("\"content\":\"a\"", MORE) "{\"error\":\"died\"}\n",
          "[role]a upstream_error 502");
    hears("a stream that broke off", talk, LINE("\"content\":\"a\"", MORE) "{\"model\":\"x\",\"mes",
          "[role]a CUT");
    hears("garbage", talk, "no\n", " upstream_bad_response 502");
}

static void test_requests(void)
{
    is_text(asked_of(begin(
                "ollama",
                "{\"messages\":[{\"role\":\"developer\",\"content\":\"A\"},{\"role\":\"user\","
                "\"content\":[{\"type\":\"text\",\"text\":\"B\"},{\"type\":\"image_url\","
                "\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}},{\"type\":\"text\","
                "\"text\":\"C\"}]}],\"max_tokens\":5,\"stop\":\"END\",\"temperature\":0.5,"
                "\"reasoning_effort\":\"none\",\"response_format\":{\"type\":\"json_object\"},"
                "\"stream\":true}")),
            arena_printf(arena,
                         "%s{\"model\":\"m-1\",\"stream\":true,\"messages\":[{\"role\":\"system\","
                         "\"content\":\"A\"},{\"role\":\"user\",\"images\":[\"AAAA\"],"
                         "\"content\":\"B\\nC\"}],\"format\":\"json\",\"think\":false,"
                         "\"options\":{\"num_predict\":5,\"temperature\":0.5,\"stop\":[\"END\"]}}",
                         url),
            "options apart, texts joined, images out of their URLs");
    is_text(
        asked_of(begin("ollama",
                       "{\"messages\":[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
                       "\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}"
                       "}]},{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"7\"}]}")),
        arena_printf(arena,
                     "%s{\"model\":\"m-1\",\"stream\":false,\"messages\":[{\"role\":\"assistant\","
                     "\"content\":\"\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"index\":0,"
                     "\"name\":\"f\",\"arguments\":{\"x\":1}}}]},{\"role\":\"tool\",\"tool_name\":"
                     "\"f\",\"tool_call_id\":\"a\",\"content\":\"7\"}]}",
                     url),
        "a result bears the name of its call; not to stream is said too");
    is_text(header_of(begin("ollama", HELLO), "Authorization"), "Bearer key", "with its key");
    is_text(asked_of(begin("ollama", "{\"messages\":[],\"n\":2}")), "unsupported_parameter n",
            "one answer only");
    is_text(asked_of(begin("ollama", "{\"messages\":[],\"logprobs\":true}")),
            "unsupported_parameter logprobs", "no logprobs");
    is_text(asked_of(begin("ollama", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                                     "\"image_url\",\"image_url\":{\"url\":\"https://x/i\"}}]}]}")),
            "unsupported_content messages", "no picture is fetched");
}

static void test_bodies(void)
{
    struct talk *talk = begin("ollama", HELLO);
    is_text(answer_of(talk, "{\"message\":{\"role\":\"assistant\",\"content\":\"A\"},\"done\":true,"
                            "\"done_reason\":\"stop\",\"prompt_eval_count\":7,\"eval_count\":2}"),
            ANSWER_HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        "\"A\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                        "\"usage\":" USAGE "}",
            "an answer");
    const char *first = answer_of(talk, "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":"
                                        "\"f\"}}]},\"done\":true}");
    const char *second = answer_of(talk, "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":"
                                         "\"f\"}}]},\"done\":true,\"x\":1}");
    ok(strstr(first, "\"id\":\"call_") && strstr(first, "\"finish_reason\":\"tool_calls\"") &&
           strcmp(first, second) != 0,
       "calls without ids get some, others for another answer");
    is_text(answer_of(talk, "{\"error\":\"x\"}"), "upstream_error 502", "an error");
    is_text(answer_of(talk, "{\"message\":{\"content\":\"A\"}}"), "upstream_bad_response 502",
            "an answer that is not done");
}

int main(void)
{
    talk_begin();
    test_streams();
    test_requests();
    test_bodies();
    return talk_done();
}
