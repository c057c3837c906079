/* OpenAI's older text completions: a prompt becomes a question, chunks become texts. */
#include "door_talk.h"

static const struct door *const door = &text_completions_door;

#define ASKED(more) "{\"messages\":[{\"role\":\"user\",\"content\":\"Once \\u00fc\"}]" more "}"
#define HEAD                                                                                       \
    "{\"id\":\"turn_01abc\",\"object\":\"text_completion\",\"created\":1790000000,\"model\":"      \
    "\"m\","
#define TEXT(text, finish)                                                                         \
    HEAD "\"choices\":[{\"text\":" text ",\"index\":0,\"logprobs\":null,\"finish_reason\":" finish \
         "}]"

static void questions(void)
{
    translates(door, "{\"prompt\":\"Once \\u00fc\"}", ASKED(""), "a prompt is a person's question");
    translates(door, "{\"prompt\":[\"Once \\u00fc\"]}", ASKED(""), "so is a list of one");
    translates(
        door,
        "{\"model\":\"m\",\"prompt\":\"Once \\u00fc\",\"max_tokens\":5,\"n\":2,\"user\":null,"
        "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"echo\":false,"
        "\"suffix\":null,\"best_of\":1,\"logprobs\":null,\"messages\":[],\"vendor\":{\"a\":1}}",
        ASKED(",\"model\":\"m\",\"max_tokens\":5,\"n\":2,\"stream\":true,\"stream_options\":"
              "{\"include_usage\":true},\"vendor\":{\"a\":1}"),
        "the rest passes, but for what says the usual");
}

static void refusals(void)
{
    refuses(door, "{}", "prompt: missing_field");
    refuses(door, "{\"prompt\":null}", "prompt: missing_field");
    refuses(door, "{\"prompt\":\"\"}", "prompt: invalid_value");
    refuses(door, "{\"prompt\":[]}", "prompt: invalid_type");
    refuses(door, "{\"prompt\":[\"a\",\"b\"]}", "prompt: unsupported_value");
    refuses(door, "{\"prompt\":[1,2]}", "prompt: invalid_type");
    refuses(door, "{\"prompt\":[[1,2]]}", "prompt: invalid_type");
    refuses(door, "{\"prompt\":7}", "prompt: invalid_type");
    refuses(door, "{\"prompt\":\"a\",\"suffix\":\"b\"}", "suffix: unsupported_parameter");
    refuses(door, "{\"prompt\":\"a\",\"echo\":true}", "echo: unsupported_parameter");
    refuses(door, "{\"prompt\":\"a\",\"logprobs\":0}", "logprobs: unsupported_parameter");
    refuses(door, "{\"prompt\":\"a\",\"best_of\":2}", "best_of: unsupported_parameter");
}

static void streams(void)
{
    const char *const chunks[] = {
        chunk("\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null"),
        chunk("\"delta\":{\"reasoning_content\":\"Hm\"},\"finish_reason\":null"),
        chunk("\"delta\":{\"content\":\"a\\\"b\"},\"finish_reason\":null"),
        chunk("\"delta\":{},\"finish_reason\":\"length\""),
        "{\"model\":\"m\",\"choices\":[],\"usage\":{\"total_tokens\":3}}",
        "no JSON",
        NULL
    };
    is_text(
        told(door, chunks),
        "data: " TEXT("\"a\\\"b\"",
                      "null") "}\n\n"
                              "data: " TEXT(
                                  "\"\"",
                                  "\"length\"") "}\n\n"
                                                "data: " HEAD
                                                "\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n"
                                                "data: [DONE]\n\n",
        "texts, the end, the usage; roles and thoughts are left out");
    const char *const two[] = { "{\"model\":\"\",\"choices\":[{\"index\":1,\"delta\":{\"refusal\":"
                                "\"No\"},\"finish_reason\":null}]}",
                                NULL };
    const char *said = told(door, two);
    ok(says(said, "\"text\":\"No\",\"index\":1") && says(said, "\"model\":\"small\""),
       "every choice, a refusal as what it says, and the model by the client's name");
}

static void bodies(void)
{
    is_text(whole(door,
                  "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{"
                  "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
                  "\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":3}}"),
            TEXT("\"a\"", "\"stop\"") ",\"usage\":{\"total_tokens\":3}}", "a whole answer");
}

int main(void)
{
    talk_arena = arena_new(64 << 20);
    questions();
    refusals();
    streams();
    bodies();
    arena_free(&talk_arena);
    return done();
}
