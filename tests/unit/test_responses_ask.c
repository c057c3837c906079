/* A request for a response is the body of a chat completion; what is wrong in it is named by its
 * own place; what is not here is refused. */
#include "door/door.h"
#include "tap.h"

static struct arena *arena;

static const char *chat_of(const char *body)
{
    struct json *asked;
    struct str chat;
    struct error err = { 0 };
    if (json_parse(arena, str_of(body), NULL, &asked, &err) < 0)
        return arena_printf(arena, "no JSON: %s", err.message);
    if (responses_door.to_chat(arena, asked, &chat, &err) < 0)
        return arena_printf(arena, "%s: %s", err.param, err.code);
    return chat.at;
}

/* The body of a request whose input is this. */
static const char *messages_of(const char *input)
{
    return chat_of(arena_printf(arena, "{\"input\":%s}", input));
}

#define MESSAGES(list) "{\"messages\":[" list "]}"

static void words(void)
{
    is_text(chat_of("{\"model\":\"m\",\"input\":\"Hi\",\"instructions\":\"Be kind\"}"),
            "{\"messages\":[{\"role\":\"system\",\"content\":\"Be kind\"},{\"role\":\"user\","
            "\"content\":\"Hi\"}],\"model\":\"m\"}",
            "a text is the user's, instructions come before it");
    is_text(messages_of("[{\"role\":\"user\",\"content\":\"a\"},{\"type\":\"message\",\"id\":\"x\","
                        "\"role\":\"developer\",\"content\":[{\"type\":\"input_text\",\"text\":"
                        "\"b\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
                        "\"text\":\"c\",\"annotations\":[]}]}]"),
            MESSAGES("{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"developer\",\"content\":"
                     "\"b\"},{\"role\":\"assistant\",\"content\":\"c\"}"),
            "messages, with text or one part of it");
    is_text(
        messages_of("[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"see\"},"
                    "{\"type\":\"input_image\",\"image_url\":\"data:x\",\"detail\":\"low\"},"
                    "{\"type\":\"input_file\",\"filename\":\"f\",\"file_data\":\"data:y\"}]}]"),
        MESSAGES("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"see\"},"
                 "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:x\",\"detail\":\"low\"}},"
                 "{\"type\":\"file\",\"file\":{\"filename\":\"f\",\"file_data\":\"data:y\"}}]}"),
        "images and files");
}

#define CALLED(id)                                                                                 \
    "{\"type\":\"function_call\",\"call_id\":\"" id "\",\"name\":\"f\",\"arguments\":\"{}\"}"
#define RESULT(id, text)                                                                           \
    "{\"type\":\"function_call_output\",\"call_id\":\"" id "\",\"output\":" text "}"
#define CHAT_CALL(id)                                                                              \
    "{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"

static void calls(void)
{
    is_text(
        messages_of(
            "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":"
            "\"Let me see.\"},{\"type\":\"reasoning\",\"summary\":[]}," CALLED("1") "," CALLED(
                "2") "," RESULT("1",
                                "\"x\"") "," RESULT("2",
                                                    "\"y\"") "," CALLED("3") "," RESULT("3",
                                                                                        "[{"
                                                                                        "\"type"
                                                                                        "\":"
                                                                                        "\"inpu"
                                                                                        "t_"
                                                                                        "text\""
                                                                                        ",\"tex"
                                                                                        "t\":"
                                                                                        "\"z\"}"
                                                                                        "]") "]"),
        MESSAGES("{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":"
                 "\"Let me see.\",\"tool_calls\":[" CHAT_CALL("1") "," CHAT_CALL(
                     "2") "]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"x\"},"
                          "{\"role\":\"tool\",\"tool_call_id\":\"2\",\"content\":\"y\"},"
                          "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" CHAT_CALL(
                              "3") "]},{\"role\":\"tool\",\"tool_call_id\":\"3\",\"content\":"
                                   "\"z\"}"),
        "calls and the words before them are one message, results follow");
    is_text(messages_of("[{\"type\":\"custom_tool_call\",\"call_id\":\"1\",\"name\":\"p\","
                        "\"namespace\":\"n\",\"input\":\"a\\nb\"},{\"type\":"
                        "\"custom_tool_call_output\",\"call_id\":\"1\",\"output\":\"ok\"}]"),
            MESSAGES("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\","
                     "\"type\":\"function\",\"function\":{\"name\":\"n__p\",\"arguments\":"
                     "\"{\\\"input\\\":\\\"a\\\\nb\\\"}\"}}]},{\"role\":\"tool\",\"tool_call_id\":"
                     "\"1\",\"content\":\"ok\"}"),
            "a custom tool's text is its function's one argument");
    is_text(chat_of("{\"previous_response_id\":\"resp_x\",\"input\":[" RESULT("9", "\"x\"") "]}"),
            MESSAGES("{\"role\":\"tool\",\"tool_call_id\":\"9\",\"content\":\"x\"}"),
            "a result may answer a call of the response before");
}

static void tools(void)
{
    is_text(
        chat_of("{\"input\":\"a\",\"tools\":[{\"type\":\"function\",\"name\":\"f\","
                "\"description\":\"d\",\"parameters\":{\"type\":\"object\"},\"strict\":true},"
                "{\"type\":\"web_search\",\"external_web_access\":false},{\"type\":\"namespace\","
                "\"name\":\"n\",\"tools\":[{\"type\":\"function\",\"name\":\"g\",\"strict\":"
                "false}]}],\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"},"
                "\"parallel_tool_calls\":false}"),
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"},"
        "\"strict\":true}},{\"type\":\"function\",\"function\":{\"name\":\"n__g\"}}],"
        "\"parallel_tool_calls\":false,\"tool_choice\":{\"type\":\"function\",\"function\":"
        "{\"name\":\"f\"}}}",
        "functions, flat and in namespaces; a search by OpenAI is left out");
    ok(strstr(chat_of("{\"input\":\"a\",\"tools\":[{\"type\":\"custom\",\"name\":\"p\","
                      "\"description\":\"d\",\"format\":{\"type\":\"grammar\",\"syntax\":\"lark\","
                      "\"definition\":\"start: x\"}}]}"),
              "\"description\":\"d\\n\\nThe input follows this grammar (lark):\\nstart: x\"") !=
           NULL,
       "a custom tool's grammar is told");
    is_text(chat_of("{\"input\":\"a\",\"tools\":[{\"type\":\"web_search\"}],\"tool_choice\":"
                    "\"auto\",\"parallel_tool_calls\":true}"),
            MESSAGES("{\"role\":\"user\",\"content\":\"a\"}"), "without tools no choice is told");
}

static void settings(void)
{
    is_text(
        chat_of("{\"input\":\"a\",\"model\":\"m\",\"stream\":true,\"store\":false,"
                "\"max_output_tokens\":20,\"temperature\":1,\"top_p\":0.5,\"user\":\"u\","
                "\"prompt_cache_key\":\"k\",\"reasoning\":{\"effort\":\"low\",\"summary\":"
                "\"auto\"},\"text\":{\"verbosity\":\"low\",\"format\":{\"type\":\"json_schema\","
                "\"name\":\"n\",\"schema\":{},\"strict\":true}},\"top_logprobs\":2,"
                "\"include\":[\"reasoning.encrypted_content\"],\"truncation\":\"auto\","
                "\"metadata\":{\"a\":\"b\"},\"background\":false,\"client_metadata\":{}}"),
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"verbosity\":\"low\","
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
        "\"schema\":{},\"strict\":true}},\"model\":\"m\",\"stream\":true,\"store\":false,"
        "\"max_completion_tokens\":20,\"temperature\":1,\"top_p\":0.5,\"user\":\"u\","
        "\"prompt_cache_key\":\"k\",\"logprobs\":true,\"top_logprobs\":2,"
        "\"reasoning_effort\":\"low\"}",
        "what a chat has too is told by its name there, notes are left out");
}

static const char *const wrong[][3] = {
    { "{}", "input: invalid_type", "no input" },
    { "{\"input\":[]}", "input: invalid_type", "none at all" },
    { "{\"input\":7}", "input: invalid_type", "a number" },
    { "{\"input\":[7]}", "input[0].type: invalid_type", "an item that is none" },
    { "{\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"type\":\"item_reference\",\"id\":"
      "\"x\"}]}",
      "input[1].type: unsupported_value", "a reference" },
    { "{\"input\":[{\"role\":\"king\",\"content\":\"a\"}]}", "input[0].role: invalid_value",
      "an unknown role" },
    { "{\"input\":[{\"role\":\"user\",\"content\":7}]}", "input[0].content: invalid_type",
      "a number as content" },
    { "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":"
      "\"f\"}]}]}",
      "input[0].content: unsupported_value", "a stored image" },
    { "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":"
      "\"f\"}]}]}",
      "input[0].content: unsupported_value", "a file to be fetched" },
    { "{\"input\":[" RESULT("9", "\"x\"") "]}", "input[0].call_id: invalid_value",
      "a result without its call" },
    { "{\"input\":[{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"\"}]}",
      "input[0].call_id: invalid_type", "a call without id" },
    { "{\"input\":[" CALLED("1") "," RESULT("1", "7") "]}", "input[1].output: invalid_type",
      "a result that is no text" },
    { "{\"input\":\"a\",\"instructions\":7}", "instructions: invalid_type", "instructions" },
    { "{\"input\":\"a\",\"tools\":7}", "tools: invalid_type", "tools" },
    { "{\"input\":\"a\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":"
      "\"file_search\"}]}",
      "tools[1].type: unsupported_value", "a tool that OpenAI runs" },
    { "{\"input\":\"a\",\"tools\":[{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[{\"type\":"
      "\"function\"}]}]}",
      "tools[0].tools[0].name: invalid_value", "a tool without name" },
    { "{\"input\":\"a\",\"tool_choice\":\"required\"}", "tool_choice: invalid_value",
      "a choice among nothing" },
    { "{\"input\":\"a\",\"tool_choice\":{\"type\":\"mcp\"}}", "tool_choice: unsupported_value",
      "a choice of what is not here" },
    { "{\"input\":\"a\",\"background\":true}", "background: unsupported_parameter", "background" },
    { "{\"input\":\"a\",\"conversation\":\"conv_x\"}", "conversation: unsupported_parameter",
      "a conversation" },
    { "{\"input\":\"a\",\"prompt\":{\"id\":\"x\"}}", "prompt: unsupported_parameter",
      "a stored prompt" },
    { "{\"input\":\"a\",\"include\":[\"file_search_call.results\"]}", "include: unsupported_value",
      "an inclusion" },
    { "{\"input\":\"a\",\"include\":7}", "include: invalid_type", "no list of them" },
    { "{\"input\":\"a\",\"metadata\":{\"a\":7}}", "metadata: invalid_value", "metadata" },
    { "{\"input\":\"a\",\"metadata\":[]}", "metadata: invalid_value", "no metadata" },
    { "{\"input\":\"a\",\"truncation\":\"some\"}", "truncation: invalid_value", "truncation" },
    { "{\"input\":\"a\",\"reasoning\":\"low\"}", "reasoning: invalid_type", "reasoning" },
    { "{\"input\":\"a\",\"text\":{\"format\":{\"type\":\"xml\"}}}",
      "text.format.type: invalid_value", "a format" },
    { "{\"input\":\"a\",\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}}}",
      "text.format.name: missing_field", "a schema without name" },
    { "{\"input\":\"a\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"}}}",
      "text.format.schema: missing_field", "a name without schema" },
};

static void wrong_places(void)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        is_text(chat_of(wrong[i][0]), wrong[i][1], "refused with its place: %s", wrong[i][2]);
}

/* What is found wrong further inside is named as this client calls it. */
static void places_are_the_clients(void)
{
    static const char *const names[][2] = { { "messages[3].content", "input" },
                                            { "max_completion_tokens", "max_output_tokens" },
                                            { "response_format", "text.format" },
                                            { "model", "model" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text json = text_make(4096);
        struct problem problem = {
            .status = 400, .type = "invalid_request_error", .message = "No.", .param = names[i][0]
        };
        responses_door.problem(json_writer_new(arena, &json), &problem);
        ok(strstr(text_str(&json).at, arena_printf(arena, "\"param\":\"%s\"", names[i][1])) != NULL,
           "%s is %s", names[i][0], names[i][1]);
        text_free(&json);
    }
}

int main(void)
{
    arena = arena_new(64 << 20);
    words();
    calls();
    tools();
    settings();
    wrong_places();
    places_are_the_clients();
    arena_free(&arena);
    return done();
}
