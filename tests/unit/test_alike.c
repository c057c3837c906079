/* The servers that speak almost OpenAI: read leniently, written strictly. */
#include "provider_talk.h"

#define EVENT(inside) "data: {\"id\":\"\",\"model\":\"\"," inside "}\n\n"
#define CHOICE(more, finish)                                                                       \
    EVENT("\"choices\":[{\"index\":0," more "\"finish_reason\":" finish "}]")
#define SAY(text)      CHOICE("\"delta\":{\"role\":\"assistant\",\"content\":\"" text "\"},", "null")
#define FINISH(reason) CHOICE("\"delta\":{},", "\"" reason "\"")
#define TOKENS         "{\"prompt_tokens\":7,\"completion_tokens\":2,\"x_own\":1}"
#define USAGE          EVENT("\"choices\":[],\"usage\":" TOKENS)
#define DONE           "data: [DONE]\n\n"
#define CALL(index, inside)                                                                        \
    CHOICE("\"delta\":{\"tool_calls\":[{\"index\":" #index "," inside "}]},", "null")

static void test_azure(void)
{
    struct talk *talk = begin("azure", HELLO);
    hears("annotations before, between and behind", talk,
          EVENT("\"choices\":[],\"prompt_filter_results\":[{\"a\":1}],\"usage\":null") SAY("")
              SAY("A") CHOICE("\"content_filter_results\":{\"error\":{\"code\":\"x\"}},", "null")
                  SAY("B") FINISH("stop") CHOICE("\"content_filter_offsets\":{},", "null")
                      USAGE DONE,
          "[role]AB|stop|" TOKENS " END");
    hears("blocked, without a delta", talk,
          SAY("A") CHOICE("\"content_filter_results\":{},", "\"content_filter\"") USAGE DONE,
          "[role]A|content_filter|" TOKENS " END");
    ok(strstr(asked_of(talk), "http://p.example/openai/deployments/m-1/chat/completions?"
                              "api-version=2024-10-21 {"),
       "a deployment's address");
    is_text(header_of(talk, "api-key"), "key", "the key in its own header");
    is_text(header_of(talk, "Authorization"), "absent", "and nowhere else");
    talk->upstream.base_url = "http://p.example/openai/v1";
    talk->upstream.model = "a b";
    ok(strstr(asked_of(talk), "http://p.example/openai/v1/chat/completions {\"model\":\"a b\""),
       "the newer address");
    talk->upstream.base_url = "http://p.example";
    talk->upstream.options.api_version = "2025-01-01";
    ok(strstr(asked_of(talk), "/deployments/a%20b/chat/completions?api-version=2025-01-01 {"),
       "another version");
}

static void test_servers(void)
{
    struct talk *talk = begin("vllm", HELLO);
    hears("reasoning by its other name, running usage, a named choice that says stop", talk,
          CHOICE("\"delta\":{\"reasoning\":\"Hm\"},", "null") EVENT(
              "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"},\"finish_reason\":null}"
              "],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}")
              CALL(0, "\"id\":\"a\",\"function\":{\"name\":\"f\"}")
                  CALL(0, "\"function\":{\"arguments\":\"{}\"}") FINISH("stop") USAGE DONE,
          "[role]{Hm}A<a f>{}|tool_calls|" TOKENS " END");
    hears("usage with the last choice", begin("llamacpp", HELLO),
          SAY("A") EVENT("\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}],"
                         "\"usage\":" TOKENS) DONE,
          "[role]A|length|{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9} END");
    hears("calls told by their ids alone, arguments as an object", talk,
          CHOICE("\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
                 "\"arguments\":{\"x\": 1}}},{\"id\":\"b\",\"function\":{\"name\":\"g\"}},{"
                 "\"function\":{\"arguments\":\"{}\"}}]},",
                 "\"tool_calls\"") DONE,
          "[role]<a f>{\"x\":1}<b g>{}|tool_calls| END");
    hears("two answers", talk,
          EVENT("\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\"}},{\"index\":0,\"delta\":{"
                "\"content\":\"A\"},\"finish_reason\":\"stop\"}]")
              EVENT("\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]"),
          "#1[role]#1B[role]A|stop|#1|stop| FINISHED");
    hears("a call that skips", talk, CALL(3, "\"id\":\"a\""), " upstream_bad_response 502");
    hears("keep-alives put into data", talk, "data: : hm\n\n" SAY("A") FINISH("stop") DONE,
          "[role]A|stop| END");
    hears("an error under way", talk, SAY("A") "data: {\"error\":{\"code\":500}}\n\n",
          "[role]A upstream_error 502");
    hears("a stream that broke off", talk, SAY("A"), "[role]A CUT");
    ok(strstr(asked_of(begin("ollama-v1", "{\"messages\":[],\"max_tokens\":5}")),
              "\"max_tokens\":5"),
       "a limit by the one name that Ollama reads");
    struct talk *renamed = begin("ollama-v1", "{\"messages\":[],\"max_completion_tokens\":5}");
    renamed->completion.max_tokens = 5;
    renamed->completion.max_tokens_renamed = true;
    ok(strstr(asked_of(renamed), "\"max_tokens\":5") &&
           !strstr(asked_of(renamed), "max_completion_tokens"),
       "whatever the client called it");
}

static void test_tgi(void)
{
    struct talk *talk = begin("tgi-v1", HELLO);
    hears("calls that end without a reason, under ids that are all alike", talk,
          CALL(0, "\"id\":\"0\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}")
              CALL(0, "\"id\":\"0\",\"function\":{\"name\":null,\"arguments\":\"}\"}") USAGE DONE,
          "[role]<call_turn_1_0 f>{}|tool_calls|"
          "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9} END");
    hears("calls that were cut", talk, CALL(0, "\"function\":{\"name\":\"f\"}"),
          "[role]<call_turn_1_0 f> CUT");
    hears("a reason of its own", talk, SAY("A") FINISH("stop_sequence") USAGE DONE,
          "[role]A|stop|" TOKENS " END");
    is_text(
        asked_of(begin(
            "tgi-v1",
            "{\"messages\":[{\"role\":\"developer\",\"content\":\"A\"},{\"role\":"
            "\"assistant\",\"content\":\"B\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":"
            "\"f\"}}]}],\"stop\":\"END\","
            "\"presence_penalty\":0.5,\"max_tokens\":5,\"response_format\":{\"type\":"
            "\"json_schema\",\"json_schema\":{\"name\":\"d\",\"schema\":{\"a\":1}}}}")),
        "http://p.example/chat/completions {\"model\":\"m-1\",\"messages\":[{\"role\":"
        "\"system\",\"content\":\"A\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
        "\"function\":{\"name\":\"f\"}}]}"
        "],\"response_format\":{\"type\":\"json_schema\",\"value\":{\"name\":\"d\",\"schema\":{"
        "\"a\":1}}},\"stop\":[\"END\"],\"max_tokens\":5}",
        "what TGI takes, as it takes it");
    is_text(asked_of(begin("tgi-v1", "{\"messages\":[],\"tools\":[{}],\"response_format\":{"
                                     "\"type\":\"json_object\"}}")),
            "unsupported_parameter response_format", "tools or a format, not both");
}

static void test_bodies(void)
{
    static const char answer[] =
        "{\"id\":\"\",\"choices\":[{\"index\":0,\"message\":{\"content\":null,\"tool_calls\":[{"
        "\"id\":\"0\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":"
        "\"stop\"}],\"usage\":" TOKENS "}";
    is_text(answer_of(begin("vllm", HELLO), answer),
            ANSWER_HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        "null,\"refusal\":null,\"tool_calls\":[{\"id\":\"0\",\"type\":\"function\","
                        "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"logprobs\":null,"
                        "\"finish_reason\":\"tool_calls\"}],\"usage\":" TOKENS "}",
            "an answer");
    ok(!strstr(answer_of(begin("tgi-v1", HELLO), answer), "\"id\":\"0\""),
       "ids that are made anew");
    is_text(answer_of(begin("azure", HELLO), "{\"error\":{\"code\":\"401\"}}"),
            "upstream_auth_error 502", "an error");
    is_text(answer_of(begin("azure", HELLO), "{\"choices\":[]}"), "upstream_bad_response 502",
            "no answer");
}

int main(void)
{
    talk_begin();
    test_azure();
    test_servers();
    test_tgi();
    test_bodies();
    return talk_done();
}
