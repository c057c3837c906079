/* Ollama's requests become chat completions, and a turn's chunks its lines. */
#include "door_talk.h"

#define HI                   "{\"role\":\"user\",\"content\":\"Hi\"}"
#define BODY(more, messages) "{\"model\":\"m\"" more ",\"messages\":[" messages "]}"
#define CHAT(more, messages) "{\"stream\":true,\"model\":\"m\"" more ",\"messages\":[" messages "]}"

static void is_made(const char *body, const char *chat, const char *promise)
{
    translates(&ollama_door, body, chat, promise);
}

static void is_refused(const char *body, const char *place)
{
    refuses(&ollama_door, body, place);
}

static void parameters(void)
{
    is_made(BODY("", HI), CHAT("", HI), "who does not say is streamed to");
    is_made(BODY(",\"stream\":false", HI),
            "{\"stream\":false,\"model\":\"m\",\"messages\":[" HI "]}",
            "who does not want it is not");
    is_made(
        BODY(",\"keep_alive\":\"5m\",\"options\":{\"num_ctx\":1,\"min_p\":0.1,\"num_predict\":9,"
             "\"temperature\":0,\"top_p\":0.5,\"top_k\":4,\"seed\":7,\"frequency_penalty\":1,"
             "\"presence_penalty\":1,\"stop\":[\"a\"]}",
             HI),
        CHAT(",\"max_output_tokens\":9,\"temperature\":0,\"top_p\":0.5,\"top_k\":4,\"seed\":7,"
             "\"frequency_penalty\":1,\"presence_penalty\":1,\"stop\":[\"a\"]",
             HI),
        "options under their names, and what only Ollama has is let go");
    is_made(BODY(",\"options\":{\"num_predict\":-1,\"stop\":[]}", HI), CHAT("", HI),
            "as long as it takes");
    is_made(BODY(",\"format\":\"json\"", HI),
            CHAT(",\"response_format\":{\"type\":\"json_object\"}", HI), "JSON");
    is_made(BODY(",\"format\":{\"type\":\"object\"}", HI),
            CHAT(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
                 "\"answer\",\"schema\":{\"type\":\"object\"}}}",
                 HI),
            "by a schema");
    is_made(BODY(",\"format\":\"\"", HI), CHAT("", HI), "or not");
    is_made(BODY(",\"think\":true", HI), CHAT(",\"reasoning_effort\":\"medium\"", HI), "thinking");
    is_made(BODY(",\"think\":false", HI), CHAT(",\"reasoning_effort\":\"none\"", HI), "not");
    is_made(BODY(",\"think\":\"high\"", HI), CHAT(",\"reasoning_effort\":\"high\"", HI), "hard");
#define TOOLS "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"
    is_made(BODY("," TOOLS, HI), CHAT("," TOOLS, HI), "tools are OpenAI's");
    is_refused(BODY(",\"stream\":1", HI), "stream: invalid_type");
    is_refused(BODY(",\"logprobs\":true", HI), "logprobs: unsupported_parameter");
    is_refused(BODY(",\"options\":[]", HI), "options: invalid_type");
    is_refused(BODY(",\"options\":{\"num_predict\":1.5}", HI),
               "options.num_predict: invalid_value");
    is_refused(BODY(",\"options\":{\"temperature\":\"hot\"}", HI),
               "options.temperature: invalid_type");
    is_refused(BODY(",\"options\":{\"stop\":[1]}", HI), "options.stop: invalid_type");
    is_refused(BODY(",\"format\":\"xml\"", HI), "format: invalid_value");
    is_refused(BODY(",\"think\":\"deep\"", HI), "think: invalid_value");
    is_refused(BODY(",\"tools\":{}", HI), "tools: invalid_type");
    is_refused(BODY(",\"tools\":[{}]", HI), "tools[0].function: missing_field");
    is_refused(BODY(",\"tools\":[{\"function\":{}}]", HI), "tools[0].function.name: missing_field");
    is_refused("{\"model\":5,\"messages\":[" HI "]}", "model: invalid_type");
}

static void messages(void)
{
    is_made(BODY("", "{\"role\":\"system\",\"content\":\"Be brief.\"}," HI),
            CHAT("", "{\"role\":\"system\",\"content\":\"Be brief.\"}," HI), "rules");
    static const char *const pictures[][2] = {
        { "/9j/4A", "jpeg" }, { "iVBORw0KGgo", "png" }, { "R0lGODlh", "gif" }, { "UklGRg", "webp" }
    };
    for (size_t i = 0; i < 4; i++)
        is_made(
            arena_printf(talk_arena,
                         BODY("", "{\"role\":\"user\",\"content\":\"What?\",\"images\":[\"%s\"]}"),
                         pictures[i][0]),
            arena_printf(talk_arena,
                         CHAT("", "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
                                  "\"What?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
                                  "\"data:image/%s;base64,%s\"}}]}"),
                         pictures[i][1], pictures[i][0]),
            "a picture says itself what it is");
    is_refused(BODY("", "{\"role\":\"user\",\"content\":\"\",\"images\":[\"/9j/\",\"Qk0=\"]}"),
               "messages[0].images[1]: invalid_value");
    is_refused(BODY("", "{\"role\":\"user\",\"content\":\"\",\"images\":[5]}"),
               "messages[0].images[0]: invalid_value");
    is_refused(BODY("", "{\"role\":\"user\",\"content\":[]}"), "messages[0].content: invalid_type");
    is_refused(BODY("", "{\"role\":\"wizard\"}"), "messages[0].role: invalid_value");
    is_refused(BODY("", "{}"), "messages[0].role: missing_field");
    is_refused(BODY("", "5"), "messages[0]: invalid_type");
    is_refused(BODY("", ""), "messages: invalid_messages");
    is_refused("{\"model\":\"m\"}", "messages: missing_field");
}

static void tools(void)
{
#define CALL(id, name) "{" id "\"function\":{\"name\":\"" name "\",\"arguments\":{\"a\":1}}}"
#define CHAT_CALL(id, name)                                                                        \
    "{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name                      \
    "\",\"arguments\":\"{\\\"a\\\":1}\"}}"
#define SAID(calls)      "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" calls "]}"
#define CHAT_SAID(calls) "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" calls "]}"
#define RESULT(more)     "{\"role\":\"tool\",\"content\":\"4\"" more "}"
#define CHAT_RESULT(id)  "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"4\"}"
    is_made(BODY("", HI "," SAID(CALL("\"id\":\"x\",", "f")) "," RESULT(",\"tool_call_id\":\"x\"")),
            CHAT("", HI "," CHAT_SAID(CHAT_CALL("x", "f")) "," CHAT_RESULT("x")),
            "a result finds its call by the id");
    is_made(BODY("", HI "," SAID(CALL("", "f") "," CALL("", "g")) "," RESULT(
                         ",\"tool_name\":\"g\"") "," RESULT(",\"tool_name\":\"f\"")),
            CHAT("", HI "," CHAT_SAID(CHAT_CALL("call_1_0", "f") "," CHAT_CALL(
                         "call_1_1", "g")) "," CHAT_RESULT("call_1_1") "," CHAT_RESULT("call_1_0")),
            "or by the tool's name");
    is_made(BODY("", HI "," SAID(CALL("", "f") "," CALL("", "f")) "," RESULT("") "," RESULT("")),
            CHAT("", HI "," CHAT_SAID(CHAT_CALL("call_1_0", "f") "," CHAT_CALL(
                         "call_1_1", "f")) "," CHAT_RESULT("call_1_0") "," CHAT_RESULT("call_1_1")),
            "or by its turn");
    is_refused(BODY("", RESULT("")), "messages[0]: invalid_value");
    is_refused(BODY("", SAID(CALL("", "f")) "," RESULT("") "," RESULT("")),
               "messages[2]: invalid_value");
    is_refused(BODY("", SAID(CALL("", "f")) "," RESULT(",\"tool_call_id\":\"other\"")),
               "messages[1]: invalid_value");
    is_refused(BODY("", SAID(CALL("", "f")) "," RESULT(",\"tool_name\":\"g\"")),
               "messages[1]: invalid_value");
    is_refused(BODY("", SAID("{}")), "messages[0].tool_calls[0].function: missing_field");
    is_refused(BODY("", SAID("{\"function\":{\"name\":\"f\",\"arguments\":5}}")),
               "messages[0].tool_calls[0].function.arguments: invalid_type");
    struct text many = text_make(1 << 14);
    for (int i = 0; i < 65; i++)
        text_add_c(&many, i ? "," CALL("", "f") : CALL("", "f"));
    is_refused(arena_printf(talk_arena, BODY("", SAID("%s")), text_str(&many).at),
               "messages[0].tool_calls: invalid_value");
    text_free(&many);
}

static void generate(void)
{
    translates(&generate_door, "{\"model\":\"m\",\"system\":\"Be brief.\",\"prompt\":\"Hi\"}",
               CHAT("", "{\"role\":\"system\",\"content\":\"Be brief.\"}," HI), "a prompt");
    translates(&generate_door, "{\"model\":\"m\",\"prompt\":\"Hi\",\"raw\":false,\"context\":[]}",
               CHAT("", HI), "what says nothing is no matter");
    refuses(&generate_door, "{\"model\":\"m\"}", "prompt: missing_field");
    refuses(&generate_door, "{\"prompt\":\"Hi\",\"images\":[\"?\"]}", "images[0]: invalid_value");
    refuses(&generate_door, "{\"prompt\":\"Hi\",\"raw\":true}", "raw: unsupported_parameter");
    refuses(&generate_door, "{\"prompt\":\"Hi\",\"suffix\":\"x\"}",
            "suffix: unsupported_parameter");
    refuses(&generate_door, "{\"prompt\":\"Hi\",\"context\":[1]}",
            "context: unsupported_parameter");
}

/* ---- answers ---- */

#define LINE(more)       "{\"model\":\"small\",\"created_at\":\"2026-09-21T14:13:20.000Z\"," more "}\n"
#define MESSAGE(members) "\"message\":{\"role\":\"assistant\",\"content\":" members "}"
#define MORE(members)    LINE(MESSAGE(members) ",\"done\":false")
#define CAME_TO(reason)                                                                            \
    ",\"done\":true,\"done_reason\":\"" reason "\",\"total_duration\":350000000,"                  \
    "\"load_duration\":0,\"prompt_eval_count\":30,\"prompt_eval_duration\":100000000,"             \
    "\"eval_count\":20,\"eval_duration\":250000000"
#define END(reason) LINE(MESSAGE("\"\"") CAME_TO(reason))
#define TOLD(id, n, name, arguments)                                                               \
    MORE("\"\",\"tool_calls\":[{\"id\":\"" id "\",\"function\":{\"index\":" #n ",\"name\":\"" name \
         "\",\"arguments\":" arguments "}}]")

static const char *say(const struct door *door, const char *const *choices)
{
    static const char *chunks[16];
    size_t n = 0;
    for (; choices[n]; n++)
        chunks[n] = choices[n][0] == '{' ? choices[n] : chunk(choices[n]);
    chunks[n] = NULL;
    const char *first = told(door, chunks), *second = told(door, chunks);
    ok(strcmp(first, second) == 0, "the same chunks are the same bytes");
    return first;
}
#define SAY(...) say(&ollama_door, (const char *const[]){ __VA_ARGS__, NULL })

static void lines(void)
{
    is_text(SAY("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}",
                "\"delta\":{\"reasoning_content\":\"Hm\"}", "\"delta\":{\"content\":\"H\\u00e9\"}",
                "\"delta\":{},\"finish_reason\":\"stop\"", "{\"choices\":[],\"usage\":{}}"),
            MORE("\"\",\"thinking\":\"Hm\"") MORE("\"H\\u00e9\"") END("stop"),
            "a line for each piece");
    is_text(SAY("{nonsense"), END("stop"), "an empty answer is its end");
    is_text(SAY("\"delta\":{\"content\":\"a\"}", "\"delta\":{},\"finish_reason\":\"length\""),
            MORE("\"a\"") END("length"), "one that is cut");
    is_text(SAY("\"delta\":{\"refusal\":\"No.\"},\"finish_reason\":\"content_filter\""),
            MORE("\"No.\"") END("content_filter"), "a refusal is said");
    is_text(say(&generate_door, (const char *const[]){ "\"delta\":{\"content\":\"a\"}", NULL }),
            LINE("\"response\":\"a\",\"done\":false") LINE("\"response\":\"\"" CAME_TO("stop")),
            "generate's lines");
}

static void calls(void)
{
#define FRAGMENT(members) "\"delta\":{\"tool_calls\":[{" members "}]}"
    is_text(
        SAY(FRAGMENT("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}"),
            FRAGMENT("\"index\":0,\"function\":{\"arguments\":\"{\\n\\\"x\\\":\"}"),
            FRAGMENT("\"index\":0,\"function\":{\"arguments\":\"1}\"}"),
            FRAGMENT("\"index\":1,\"function\":{\"name\":\"g\"}"),
            "\"delta\":{},\"finish_reason\":\"tool_calls\""),
        TOLD("a", 0, "f", "{ \"x\":1}") TOLD("call_turn_01abc_1", 1, "g", "{}") END("stop"),
        "a call is told whole, on one line");
    is_text(SAY(FRAGMENT("\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{x\"}")),
            TOLD("a", 0, "f", "{\"INVALID_JSON\":\"{x\"}") END("stop"),
            "with what the model wrote, where that is no JSON, and though no reason came");
    is_text(SAY(FRAGMENT("\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}")),
            TOLD("a", 0, "f", "{\"x\":1}") END("stop"), "an object is one already");
    is_text(SAY(FRAGMENT("\"index\":5000,\"function\":{\"name\":\"f\"}")), END("stop"),
            "there is an end to how many there may be");
}

static void others(void)
{
    struct problem problem = { 502, "upstream_error", "upstream_error", "Words.", NULL, "req_1" };
    struct text all = text_make(4096);
    note(&all, ollama_door.broken(talk_voice(&ollama_door), &problem));
    is_text(text_str(&all).at,
            "{\"error\":\"Words.\",\"type\":\"upstream_error\",\"code\":\"upstream_error\","
            "\"param\":null,\"request_id\":\"req_1\"}\n",
            "an error is a string");
    text_clear(&all);
    note(&all, ollama_door.ping(talk_voice(&ollama_door)));
    is_text(text_str(&all).at, MORE("\"\""), "an empty piece in silence");
    text_free(&all);
    is_text(
        whole(&ollama_door,
              "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\",\"reasoning\":\"Hm\","
              "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]},"
              "\"finish_reason\":\"length\"}]}"),
        "{\"model\":\"small\",\"created_at\":\"2026-09-21T14:13:20.000Z\"," MESSAGE(
            "\"Hi\",\"thinking\":\"Hm\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"index\":"
            "0,\"name\":\"f\",\"arguments\":{}}}]") CAME_TO("length") "}",
        "a whole answer");
    is_text(whole(&generate_door, "{\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"),
            "{\"model\":\"small\",\"created_at\":\"2026-09-21T14:13:20.000Z\",\"response\":"
            "\"Hi\"" CAME_TO("stop") "}",
            "generate's");
}

static void embeddings(void)
{
    translates(&embed_door,
               "{\"model\":\"m\",\"input\":[\"a\"],\"dimensions\":3,\"truncate\":true,"
               "\"keep_alive\":\"5m\"}",
               "{\"model\":\"m\",\"dimensions\":3,\"input\":[\"a\"]}", "texts to embed");
    translates(&embed_door, "{\"input\":null}", "{}", "what is missing is for embeddings to say");
    refuses(&embed_door, "{\"dimensions\":\"3\"}", "dimensions: invalid_type");
    is_text(whole(&embed_door,
                  "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
                  "\"embedding\":[0.5,-1]},{\"object\":\"embedding\",\"index\":1,"
                  "\"embedding\":[2e-3]}],\"model\":\"m\"}"),
            "{\"model\":\"small\",\"embeddings\":[[0.5,-1],[2e-3]],\"total_duration\":350000000,"
            "\"load_duration\":0,\"prompt_eval_count\":30}",
            "vectors");
    is_text(whole(&embed_door, "{\"data\":[{\"embedding\":[1"),
            "{\"model\":\"small\",\"embeddings\":[],\"total_duration\":350000000,"
            "\"load_duration\":0,\"prompt_eval_count\":30}",
            "of a list that breaks off, none");
}

int main(void)
{
    talk_arena = arena_new(1 << 24);
    parameters();
    messages();
    tools();
    generate();
    lines();
    calls();
    others();
    embeddings();
    arena_free(&talk_arena);
    return done();
}
