/* Anthropic's requests become chat completions; what cannot is refused with its place. */
#include "door_talk.h"

#define TOP                  "\"model\":\"m\",\"max_tokens\":5"
#define BODY(more, messages) "{" TOP more ",\"messages\":[" messages "]}"
#define HI                   "{\"role\":\"user\",\"content\":\"Hi\"}"
#define CHAT(more, messages)                                                                       \
    "{\"model\":\"m\",\"max_output_tokens\":5" more ",\"messages\":[" messages "]}"
#define ASKED(blocks) "{\"role\":\"user\",\"content\":[" blocks "]}"
#define SAID(blocks)  "{\"role\":\"assistant\",\"content\":[" blocks "]}"
#define CALL          "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{ \"a\": 1 }}"
#define CHAT_CALL                                                                                  \
    "\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\","           \
    "\"arguments\":\"{ \\\"a\\\": 1 }\"}}]}"
#define TOOL "{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}"

static void is_made(const char *body, const char *chat, const char *promise)
{
    translates(&messages_door, body, chat, promise);
}

static void is_refused(const char *body, const char *place)
{
    refuses(&messages_door, body, place);
}

static void rules(void)
{
    is_made(BODY("", HI), CHAT("", HI), "a question");
    is_made(BODY(",\"system\":\"Be brief.\"", HI),
            CHAT("", "{\"role\":\"system\",\"content\":\"Be brief.\"}," HI), "rules come first");
    is_made(BODY(",\"system\":[{\"type\":\"text\",\"text\":\"One.\",\"cache_control\":{\"type\":"
                 "\"ephemeral\"}},{\"type\":\"text\",\"text\":\"Two.\"}]",
                 HI),
            CHAT("", "{\"role\":\"system\",\"content\":\"One.\\nTwo.\"}," HI), "blocks are joined");
    is_made(BODY(",\"system\":[]", HI), CHAT("", HI), "none are none");
    is_refused(BODY(",\"system\":5", HI), "system: invalid_type");
    is_refused(BODY(",\"system\":[{\"type\":\"image\"}]", HI),
               "system[0].type: unsupported_content");
    is_refused(BODY(",\"system\":[\"words\"]", HI), "system[0]: invalid_type");
}

static void parameters(void)
{
    is_made(BODY(",\"temperature\":0.5,\"top_p\":1,\"top_k\":40,\"stream\":true,"
                 "\"stop_sequences\":[\"a\",\"b\"],\"metadata\":{\"user_id\":\"u\"}",
                 HI),
            "{\"model\":\"m\",\"stream\":true,\"temperature\":0.5,\"top_p\":1,\"top_k\":40,"
            "\"max_output_tokens\":5,\"stop\":[\"a\",\"b\"],\"user\":\"u\",\"messages\":[" HI "]}",
            "each parameter under its name");
    is_made(BODY(",\"service_tier\":\"auto\",\"cache_control\":{\"type\":\"ephemeral\"},"
                 "\"context_management\":{\"edits\":[1]},\"mcp_servers\":[],\"container\":null",
                 HI),
            CHAT("", HI), "what changes nothing about the answer, and what is empty, is let go");
    is_refused(BODY(",\"mcp_servers\":[{}]", HI), "mcp_servers: unsupported_parameter");
    is_refused(BODY(",\"container\":\"c\"", HI), "container: unsupported_parameter");
    is_refused(BODY(",\"\":1", HI), "\"\": unsupported_parameter");
    is_refused(BODY(",\"temperature\":1.5", HI), "temperature: invalid_value");
    is_refused(BODY(",\"temperature\":\"hot\"", HI), "temperature: invalid_type");
    is_refused(BODY(",\"top_p\":-1", HI), "top_p: invalid_value");
    is_refused(BODY(",\"stream\":1", HI), "stream: invalid_type");
    is_refused(BODY(",\"stop_sequences\":\"a\"", HI), "stop_sequences: invalid_type");
    is_refused(BODY(",\"stop_sequences\":[\"a\",1]", HI), "stop_sequences[1]: invalid_type");
    is_refused(BODY(",\"metadata\":{\"user_id\":1}", HI), "metadata.user_id: invalid_type");
    is_refused("{\"model\":\"m\",\"messages\":[" HI "]}", "max_tokens: missing_field");
    is_refused("{\"model\":\"m\",\"max_tokens\":0,\"messages\":[" HI "]}",
               "max_tokens: invalid_value");
    is_refused("{\"model\":\"m\",\"max_tokens\":1.5,\"messages\":[" HI "]}",
               "max_tokens: invalid_value");
    is_refused("{\"model\":5,\"max_tokens\":5,\"messages\":[" HI "]}", "model: invalid_type");
    is_text(translated(&count_tokens_door, "{\"model\":\"m\",\"messages\":[" HI "]}"),
            "{\"model\":\"m\",\"messages\":[" HI "]}", "who only counts names no maximum");
}

static void thinking(void)
{
    static const struct {
        const char *asked, *effort;
    } efforts[] = {
        { ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}", "low" },
        { ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8000}", "medium" },
        { ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":31999}", "high" },
        { ",\"thinking\":{\"type\":\"adaptive\"}", "medium" },
        { ",\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"max\"}", "max" },
        { ",\"output_config\":{\"effort\":\"xhigh\"}", "xhigh" },
    };
    for (size_t i = 0; i < sizeof efforts / sizeof *efforts; i++) {
        const char *body =
            arena_printf(talk_arena, "{" TOP "%s,\"messages\":[" HI "]}", efforts[i].asked);
        const char *wanted = arena_printf(
            talk_arena,
            "{\"model\":\"m\",\"max_output_tokens\":5,\"reasoning_effort\":\"%s\",\"messages\":[" HI
            "]}",
            efforts[i].effort);
        is_made(body, wanted, efforts[i].asked);
    }
    is_made(
        BODY(",\"thinking\":{\"type\":\"disabled\"},\"output_config\":{\"effort\":\"low\"}", HI),
        CHAT("", HI), "who does not want it asks for nothing");
    is_refused(BODY(",\"thinking\":true", HI), "thinking: invalid_type");
    is_refused(BODY(",\"thinking\":{\"type\":\"deep\"}", HI), "thinking.type: invalid_value");
    is_refused(BODY(",\"thinking\":{}", HI), "thinking.type: missing_field");
    is_refused(BODY(",\"thinking\":{\"type\":\"enabled\"}", HI),
               "thinking.budget_tokens: missing_field");
    is_refused(BODY(",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":100}", HI),
               "thinking.budget_tokens: invalid_value");
    is_refused(BODY(",\"output_config\":{\"effort\":\"huge\"}", HI),
               "output_config.effort: invalid_value");
}

static void schemas(void)
{
    static const char made[] =
        CHAT(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\","
             "\"schema\":{\"type\":\"object\"}}}",
             HI);
#define SCHEMA "{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}"
    is_made(BODY(",\"output_config\":{\"format\":" SCHEMA "}", HI), made, "a schema");
    is_made(BODY(",\"output_format\":" SCHEMA, HI), made, "under its older name");
    is_refused(BODY(",\"output_config\":{\"format\":{\"type\":\"xml\"}}", HI),
               "output_config.format.type: invalid_value");
    is_refused(BODY(",\"output_config\":{\"format\":{\"type\":\"json_schema\"}}", HI),
               "output_config.format.schema: missing_field");
    is_refused(BODY(",\"output_format\":{\"schema\":{}}", HI), "output_format.type: missing_field");
}

static void tools(void)
{
#define CHAT_TOOL                                                                                  \
    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":"    \
    "\"object\"}}}]"
    is_made(BODY(",\"tools\":[" TOOL "]", HI), CHAT(CHAT_TOOL, HI), "a tool");
    is_made(BODY(",\"tools\":[{\"type\":\"custom\",\"name\":\"f\",\"description\":\"d\",\"strict\":"
                 "true,\"input_schema\":{},\"cache_control\":{\"type\":\"ephemeral\"}}]",
                 HI),
            CHAT(",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":"
                 "\"d\",\"parameters\":{},\"strict\":true}}]",
                 HI),
            "with all that it may have");
#define CHOICE(choice) BODY(",\"tools\":[" TOOL "],\"tool_choice\":" choice, HI)
    is_made(CHOICE("{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"),
            CHAT(CHAT_TOOL ",\"parallel_tool_calls\":false,\"tool_choice\":\"auto\"", HI),
            "one at a time");
    is_made(CHOICE("{\"type\":\"any\"}"), CHAT(CHAT_TOOL ",\"tool_choice\":\"required\"", HI),
            "any");
    is_made(CHOICE("{\"type\":\"none\"}"), CHAT(CHAT_TOOL ",\"tool_choice\":\"none\"", HI), "none");
    is_made(CHOICE("{\"type\":\"tool\",\"name\":\"f\"}"),
            CHAT(CHAT_TOOL ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}",
                 HI),
            "that one");
    is_refused(CHOICE("{\"type\":\"tool\"}"), "tool_choice.name: missing_field");
    is_refused(CHOICE("{\"type\":\"some\"}"), "tool_choice.type: invalid_value");
    is_refused(CHOICE("\"auto\""), "tool_choice: invalid_type");
    is_refused(BODY(",\"tool_choice\":{\"type\":\"auto\"}", HI), "tool_choice: invalid_value");
    is_refused(BODY(",\"tools\":[" TOOL ",{\"type\":\"bash_20250124\",\"name\":\"bash\"}]", HI),
               "tools[1].type: unsupported_tool");
    is_refused(BODY(",\"tools\":[5]", HI), "tools[0]: invalid_type");
    is_refused(BODY(",\"tools\":{}", HI), "tools: invalid_type");
    is_refused(BODY(",\"tools\":[{\"name\":\"f\"}]", HI), "tools[0].input_schema: missing_field");
    is_refused(BODY(",\"tools\":[{\"name\":\"\",\"input_schema\":{}}]", HI),
               "tools[0].name: invalid_value");
}

static void pictures_and_files(void)
{
#define SOURCE(type, more) "{\"type\":\"" type "\",\"source\":{" more "}}"
#define PNG                SOURCE("image", "\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBO\"")
#define CHAT_PNG           "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\"}}"
    is_made(BODY("", ASKED(PNG ",{\"type\":\"text\",\"text\":\"What?\"}")),
            CHAT("", ASKED(CHAT_PNG ",{\"type\":\"text\",\"text\":\"What?\"}")), "a picture");
    is_made(BODY("", ASKED(SOURCE("image", "\"type\":\"url\",\"url\":\"https://a/b.png\""))),
            CHAT("", ASKED("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\"}}")),
            "by its address");
    is_made(BODY("", ASKED(SOURCE("document", "\"type\":\"base64\",\"media_type\":\"application/"
                                              "pdf\",\"data\":\"JVBE\""))),
            CHAT("", ASKED("{\"type\":\"file\",\"file\":{\"filename\":\"document.pdf\","
                           "\"file_data\":\"data:application/pdf;base64,JVBE\"}}")),
            "a document");
    is_made(BODY("", ASKED(SOURCE("document", "\"type\":\"text\",\"media_type\":\"text/plain\","
                                              "\"data\":\"words\""))),
            CHAT("", ASKED("{\"type\":\"text\",\"text\":\"words\"}")), "of plain text");
    static const char *const wrong[][2] = {
        { SOURCE("image", "\"type\":\"file\",\"file_id\":\"f\""),
          "messages[0].content[0].source.type: unsupported_content" },
        { SOURCE("image", "\"type\":\"base64\",\"media_type\":\"image/tiff\",\"data\":\"a\""),
          "messages[0].content[0].source.media_type: invalid_value" },
        { SOURCE("image", "\"type\":\"base64\",\"media_type\":\"image/png\""),
          "messages[0].content[0].source.data: missing_field" },
        { SOURCE("image", "\"type\":\"url\",\"url\":5"),
          "messages[0].content[0].source.url: invalid_type" },
        { "{\"type\":\"image\"}", "messages[0].content[0].source: missing_field" },
        { SOURCE("document", "\"type\":\"url\",\"url\":\"https://a/b.pdf\""),
          "messages[0].content[0].source.type: unsupported_content" },
        { SOURCE("document", "\"type\":\"base64\",\"media_type\":\"text/html\",\"data\":\"a\""),
          "messages[0].content[0].source.media_type: invalid_value" },
        { "{\"type\":\"search_result\"}", "messages[0].content[0].type: unsupported_content" },
        { "{\"type\":\"text\"}", "messages[0].content[0].text: missing_field" },
        { "{\"type\":\"text\",\"text\":\"\"}", "messages[0].content[0].text: invalid_value" },
        { "\"words\"", "messages[0].content[0]: invalid_type" },
        { "{}", "messages[0].content[0].type: missing_field" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        is_refused(arena_printf(talk_arena,
                                "{" TOP ",\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}",
                                wrong[i][0]),
                   wrong[i][1]);
}

static void answers_of_before(void)
{
    is_made(BODY("", HI "," SAID("{\"type\":\"text\",\"text\":\"On\"},{\"type\":\"text\",\"text\":"
                                 "\"ward\"}") "," HI),
            CHAT("", HI ",{\"role\":\"assistant\",\"content\":\"Onward\"}," HI),
            "an answer's texts are one");
    is_made(BODY("", HI ",{\"role\":\"assistant\",\"content\":\"Hello\"}"),
            CHAT("", HI ",{\"role\":\"assistant\",\"content\":\"Hello\"}"), "or a string");
    is_made(BODY("", HI "," SAID("{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"s\"},"
                                 "{\"type\":\"redacted_thinking\",\"data\":\"d\"}") "," HI),
            CHAT("", HI ",{\"role\":\"assistant\",\"content\":\"\"}," HI),
            "what it thought stays behind");
    is_refused(BODY("", HI "," SAID("{\"type\":\"server_tool_use\"}")),
               "messages[1].content[0].type: unsupported_content");
    is_refused(BODY("", HI "," SAID("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":"
                                    "\"a\"}")),
               "messages[1].content[0].input: invalid_type");
    is_refused(BODY("", HI "," SAID("{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{}}")),
               "messages[1].content[0].id: missing_field");
}

static void results(void)
{
#define RESULT(more)       "{\"type\":\"tool_result\",\"tool_use_id\":\"t1\"" more "}"
#define CHAT_RESULT(words) "{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":\"" words "\"}"
#define AFTER_CALL(blocks) BODY("", HI "," SAID(CALL) "," ASKED(blocks))
#define CHAT_AFTER(messages)                                                                       \
    CHAT("", HI ",{\"role\":\"assistant\",\"content\":null," CHAT_CALL "," messages)
    is_made(AFTER_CALL(RESULT(",\"content\":\"4\"")), CHAT_AFTER(CHAT_RESULT("4")), "a result");
    is_made(AFTER_CALL(RESULT("")), CHAT_AFTER(CHAT_RESULT("")), "of nothing");
    is_made(AFTER_CALL(RESULT(",\"is_error\":true,\"content\":[{\"type\":\"text\",\"text\":\"no\"}"
                              ",{\"type\":\"text\",\"text\":\"way\"}]")),
            CHAT_AFTER(CHAT_RESULT("Error: no\\nway")), "of a failure");
    is_made(
        AFTER_CALL("{\"type\":\"text\",\"text\":\"And?\"}," RESULT(",\"content\":[" PNG "]")),
        CHAT_AFTER(CHAT_RESULT("") "," ASKED("{\"type\":\"text\",\"text\":\"And?\"}," CHAT_PNG)),
        "results come first, their pictures with what the person says");
    is_made(BODY("", HI "," SAID(CALL) "," HI "," ASKED(RESULT(""))),
            CHAT_AFTER(HI "," CHAT_RESULT("")), "a message of the person's may stand between");
    is_refused(BODY("", ASKED(RESULT(""))), "messages[0].content[0].tool_use_id: invalid_value");
    is_refused(AFTER_CALL("{\"type\":\"tool_result\",\"tool_use_id\":\"t2\"}"),
               "messages[2].content[0].tool_use_id: invalid_value");
    is_refused(AFTER_CALL("{\"type\":\"tool_result\"}"),
               "messages[2].content[0].tool_use_id: missing_field");
    is_refused(AFTER_CALL(RESULT(",\"is_error\":1")),
               "messages[2].content[0].is_error: invalid_type");
    is_refused(AFTER_CALL(RESULT(",\"content\":5")),
               "messages[2].content[0].content: invalid_type");
    is_refused(AFTER_CALL(RESULT(",\"content\":[{\"type\":\"document\"}]")),
               "messages[2].content[0].content[0].type: unsupported_content");
}

static void shapes(void)
{
    is_refused("{" TOP "}", "messages: missing_field");
    is_refused("{" TOP ",\"messages\":[]}", "messages: invalid_messages");
    is_refused("{" TOP ",\"messages\":\"Hi\"}", "messages: invalid_type");
    is_refused(BODY("", "5"), "messages[0]: invalid_type");
    is_refused(BODY("", "{\"content\":\"Hi\"}"), "messages[0].role: missing_field");
    is_refused(BODY("", HI ",{\"role\":\"system\",\"content\":\"Hi\"}"),
               "messages[1].role: invalid_value");
    is_refused(BODY("", "{\"role\":\"wizard\",\"content\":\"Hi\"}"),
               "messages[0].role: invalid_value");
    is_refused(BODY("", "{\"role\":\"user\"}"), "messages[0].content: missing_field");
    is_refused(BODY("", "{\"role\":\"user\",\"content\":5}"), "messages[0].content: invalid_type");
    is_refused(BODY("", "{\"role\":\"assistant\",\"content\":5}"),
               "messages[0].content: invalid_type");
    is_refused(BODY("", ASKED("")), "messages[0].content: invalid_value");
}

int main(void)
{
    talk_arena = arena_new(1 << 24);
    rules();
    parameters();
    thinking();
    schemas();
    tools();
    pictures_and_files();
    answers_of_before();
    results();
    shapes();
    arena_free(&talk_arena);
    return done();
}
