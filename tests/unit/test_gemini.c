/* Google's Gemini: OpenAI's conversation in, OpenAI's stream out. */
#include "provider_talk.h"

#define EVENT(inside) "data: {" inside "}\n\n"
#define CAND(parts)   "\"candidates\":[{\"content\":{\"parts\":[" parts "],\"role\":\"model\"}"
#define RUNNING       "}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":1}"
#define ENDED(reason)                                                                              \
    ",\"finishReason\":\"" reason "\"}],\"usageMetadata\":{\"promptTokenCount\":7,"                \
    "\"candidatesTokenCount\":2}"
#define USAGE "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}"

static void test_streams(void)
{
    struct talk *talk = begin("gemini", HELLO);
    hears("text; the client hears of usage once", talk,
          EVENT(CAND("{\"text\":\"A\"}") RUNNING) EVENT(CAND("{\"text\":\"B\"}") ENDED("STOP")),
          "[role]AB|stop|" USAGE " FINISHED");
    hears("thoughts", talk,
          EVENT(CAND("{\"text\":\"Hm\",\"thought\":true},{\"text\":\"A\"}") ENDED("MAX_TOKENS")),
          "[role]{Hm}A|length|" USAGE " FINISHED");
    hears("calls", talk,
          EVENT(CAND("{\"functionCall\":{\"name\":\"f\",\"args\":{ \"x\": [1, 2] }}},"
                     "{\"functionCall\":{\"id\":\"b\",\"name\":\"g\"}}") ENDED("STOP")),
          "[role]<call_turn_1_0 f>{\"x\":[1,2]}<b g>{}|tool_calls|" USAGE " FINISHED");
    hears("filtered", talk, EVENT(CAND("{\"text\":\"A\"}") ENDED("RECITATION")),
          "[role]A|content_filter|" USAGE " FINISHED");
    hears("blocked before it began", talk,
          EVENT("\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{"
                "\"promptTokenCount\":7}"),
          "[role]|content_filter|{\"prompt_tokens\":7,\"completion_tokens\":0,\"total_tokens\":7}"
          " FINISHED");
    hears("broken off by the model, with nothing said", talk,
          EVENT(CAND("") ENDED("MALFORMED_FUNCTION_CALL")), " upstream_error 502");
    hears("an error in an event", talk,
          EVENT(CAND("{\"text\":\"A\"}") RUNNING)
              EVENT("\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}"),
          "[role]A upstream_overloaded 503");
    hears("an error that is no event", talk,
          EVENT(CAND("{\"text\":\"A\"}")
                    RUNNING) "{\n  \"error\": {\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n",
          "[role]A upstream_overloaded 503");
    hears("a stream that broke off", talk, EVENT(CAND("{\"text\":\"A\"}") RUNNING) "data: {\"cand",
          "[role]A CUT");
    hears("two answers", begin("gemini", "{\"messages\":[],\"n\":2,\"stream\":true}"),
          EVENT("\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"A\"}]},"
                "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":7}")
              EVENT("\"candidates\":[{\"index\":1,\"content\":{\"parts\":[{\"text\":\"B\"}]}" ENDED(
                  "STOP")),
          "[role]A|stop|#1[role]#1B#1|stop|" USAGE " FINISHED");
    hears("a candidate that cannot be", talk,
          EVENT("\"candidates\":[{\"index\":99,\"content\":{\"parts\":[{\"text\":\"A\"}]}}]"),
          " upstream_bad_response 502");
}

static void test_requests(void)
{
    struct talk *talk = begin(
        "gemini", "{\"messages\":[{\"role\":\"system\",\"content\":\"A\"},{\"role\":\"user\","
                  "\"content\":\"B\"},{\"role\":\"user\",\"content\":\"C\"},{\"role\":"
                  "\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
                  "\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":"
                  "\"{\\\"t\\\":7}\"},{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"8\"}"
                  "],\"max_tokens\":5,\"top_p\":0.5,\"top_k\":4,\"reasoning_effort\":\"low\","
                  "\"stream\":true}");
    talk->upstream.model = "gemini-2.5-flash";
    is_text(
        asked_of(talk),
        "http://p.example/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse "
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"A\"}]},\"contents\":[{\"role\":"
        "\"user\",\"parts\":[{\"text\":\"B\"},{\"text\":\"C\"}]},{\"role\":\"model\","
        "\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{}}}]},{\"role\":\"user\","
        "\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{\"t\":7}}},{"
        "\"functionResponse\":{\"name\":\"f\",\"response\":{\"result\":\"8\"}}}]}],"
        "\"generationConfig\":{\"maxOutputTokens\":5,\"topP\":0.5,\"topK\":4,\"thinkingConfig\":{"
        "\"includeThoughts\":true,\"thinkingBudget\":1024}}}",
        "neighbours merged, results as objects");
    talk->upstream.model = "gemini-3/x";
    ok(strstr(asked_of(talk), "models/gemini-3%2Fx:") &&
           strstr(asked_of(talk), "\"thinkingLevel\":\"low\"") &&
           strstr(asked_of(talk), "skip_thought_signature_validator"),
       "the newer models want a level and a signature; a name stays one segment");
    is_text(header_of(talk, "x-goog-api-key"), "key", "the key in its own header");
    is_text(header_of(talk, "Authorization"), "absent", "and nowhere else");
    ok(strstr(asked_of(begin("gemini", "{\"messages\":[],\"tools\":[{\"type\":\"function\","
                                       "\"function\":{\"name\":\"f\",\"parameters\":{\"a\":1}}}],"
                                       "\"tool_choice\":{\"type\":\"function\",\"function\":{"
                                       "\"name\":\"f\"}}}")),
              "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parametersJsonSchema\":{"
              "\"a\":1}}]}],\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\","
              "\"allowedFunctionNames\":[\"f\"]}}"),
       "tools and the choice among them");
    is_text(asked_of(begin("gemini", "{\"messages\":[],\"n\":9}")), "unsupported_parameter n",
            "at most 8 answers");
    is_text(asked_of(begin("gemini", "{\"messages\":[],\"logit_bias\":{\"1\":2}}")),
            "unsupported_parameter logit_bias", "no bias");
    is_text(asked_of(begin("gemini", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                                     "\"image_url\",\"image_url\":{\"url\":\"https://x/i\"}}]}]}")),
            "unsupported_content messages", "no picture is fetched");
}

/* What Google signs comes back to it, where a client brings it back. */
static void test_signatures(void)
{
    struct talk *talk = begin("gemini", "{\"messages\":[{\"role\":\"user\",\"content\":\"B\"},"
                                        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
                                        "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},"
                                        "\"extra_content\":{\"google\":{\"thought_signature\":"
                                        "\"c2ln\"}}}]}]}");
    talk->upstream.model = "gemini-3";
    ok(strstr(asked_of(talk), "\"args\":{}},\"thoughtSignature\":\"c2ln\"}"),
       "a signature goes back");
    is_text(answer_of(begin("gemini", HELLO),
                      "{" CAND("{\"functionCall\":{\"id\":\"x\",\"name\":\"f\"},"
                               "\"thoughtSignature\":\"c2ln\"},{\"functionCall\":{\"id\":\"y\","
                               "\"name\":\"g\"}}") ENDED("STOP") "}"),
            ANSWER_HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        "null,\"refusal\":null,\"tool_calls\":[{\"id\":\"x\",\"type\":\"function\","
                        "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},\"extra_content\":{"
                        "\"google\":{\"thought_signature\":\"c2ln\"}}},{\"id\":\"y\",\"type\":"
                        "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
                        "\"logprobs\":null,\"finish_reason\":\"tool_calls\"}],\"usage\":" USAGE "}",
            "and comes, with its call alone");
}

static const char *told_of(struct talk *talk, int status, const char *body)
{
    struct http_head head = { .status = status, .content_type = "application/json" };
    struct error err = { 0 };
    talk->upstream.kind->error_of(&head, str_of(body), arena, &err);
    return arena_printf(arena, "%s %d", err.code, err.retry_after_ms);
}

static void test_errors(void)
{
    struct talk *talk = begin("gemini", HELLO);
    is_text(told_of(talk, 400,
                    "{\"error\":{\"status\":\"INVALID_ARGUMENT\",\"details\":[{"
                    "\"reason\":\"API_KEY_INVALID\"}]}}"),
            "upstream_auth_error 0", "a wrong key comes with 400");
    is_text(told_of(talk, 429,
                    "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{},{"
                    "\"retryDelay\":\"35.5s\"}]}}"),
            "rate_limit_exceeded 35500", "the time to wait stands in the details");
    is_text(told_of(talk, 429, "{\"error\":{\"details\":[{\"retryDelay\":\"soon\"}]}}"),
            "rate_limit_exceeded 0", "or it does not");
    is_text(told_of(talk, 503, "[{\"error\":{\"status\":\"UNAVAILABLE\"}}]"),
            "upstream_unavailable 0", "an array of one");
    is_text(told_of(talk, 200, "[{\"candidates\":[]}]"), "upstream_bad_response 0",
            "a document instead of a stream");
}

static void test_bodies(void)
{
    struct talk *talk = begin("gemini", HELLO);
    is_text(answer_of(talk, "{" CAND("{\"text\":\"A\"},{\"text\":\"B\"}") ENDED("STOP") "}"),
            ANSWER_HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        "\"AB\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                        "\"usage\":" USAGE "}",
            "an answer");
    is_text(answer_of(talk, "{}"), "upstream_bad_response 502", "no candidate");
    is_text(answer_of(talk, "{" CAND("") ENDED("OTHER") "}"), "upstream_error 502",
            "broken off with nothing said");
}

int main(void)
{
    talk_begin();
    test_streams();
    test_requests();
    test_signatures();
    test_errors();
    test_bodies();
    return talk_done();
}
