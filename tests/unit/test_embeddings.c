/* Embeddings of every kind that has them: its own request, and OpenAI's list. */
#include "provider_talk.h"

static struct talk *begin_embedding(const char *kind, const char *client, struct embedding how)
{
    struct talk *talk = begin(kind, client);
    struct embedding *embedding = arena_new_of(arena, struct embedding);
    struct str *texts = arena_array_of(arena, struct str, 2);
    const struct json *input = json_member(talk->completion.parameters, "input");
    texts[0] = STR("a"), texts[1] = STR("b \"c\"");
    *embedding = how;
    embedding->input = input;
    embedding->texts =
        input->type == JSON_ARRAY && input->children->type == JSON_STRING ? texts : NULL;
    embedding->count = 2;
    embedding->tokens = 9;
    talk->completion.embedding = embedding;
    return talk;
}

static const char *asks(struct talk *talk)
{
    struct http_request request;
    struct error err = { 0 };
    if (provider_write(&talk->upstream, &talk->completion, arena, &request, &err) != 0)
        return arena_printf(arena, "%s %s", err.code, err.param);
    return arena_printf(arena, "%s %.*s", request.url, STR_ARGS(request.body));
}

/* The list, and how the usage is known; or the error's code. */
static const char *answers(struct talk *talk, const char *body)
{
    struct decoded decoded = { 0 };
    struct error err = { 0 };
    if (provider_read_body(&talk->decoder, NULL, str_of(body), arena, &decoded, &err) != 0)
        return err.code;
    parsed(arena_copy(arena, decoded.chunk).at);
    return arena_printf(arena, "%.*s %lld %s", STR_ARGS(decoded.chunk),
                        (long long)decoded.usage.tokens_in,
                        !decoded.usage.known    ? "unknown"
                        : decoded.usage.counted ? "counted"
                                                : "told");
}

#define TEXTS  "{\"model\":\"x\",\"input\":[\"a\",\"b \\\"c\\\"\"],\"user\":\"u\""
#define TOKENS "{\"input\":[[1],[2,3]]}"
#define LIST(first, second, n)                                                                     \
    "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":" first    \
    "},{\"object\":\"embedding\",\"index\":1,\"embedding\":" second                                \
    "}],\"model\":\"our \\\"m\\\"\",\"usage\":{\"prompt_tokens\":" n ",\"total_tokens\":" n "}}"

static const struct embedding numbers = { 0 }, base64 = { .base64 = true, .dimensions = 2 };

static void of_openai(void)
{
    static const char *const kinds[] = { "openai",   "compatible", "vllm",
                                         "llamacpp", "ollama-v1",  "openai-responses" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        is_text(asks(begin_embedding(
                    kinds[i], TEXTS ",\"encoding_format\":\"base64\",\"dimensions\":2}", base64)),
                "http://p.example/embeddings {\"model\":\"m-1\",\"input\":[\"a\",\"b \\\"c\\\"\"],"
                "\"encoding_format\":\"base64\",\"user\":\"u\",\"dimensions\":2}",
                "%s: OpenAI's", kinds[i]);
    is_text(asks(begin_embedding("openai", TOKENS, numbers)),
            "http://p.example/embeddings {\"model\":\"m-1\",\"input\":[[1],[2,3]]}", "tokens pass");
    is_text(asks(begin_embedding("azure", TOKENS, numbers)),
            "http://p.example/openai/deployments/m-1/embeddings?api-version=2024-10-21 "
            "{\"model\":\"m-1\",\"input\":[[1],[2,3]]}",
            "azure's address");
    struct talk *talk = begin_embedding("openai", TEXTS "}", numbers);
    is_text(answers(talk,
                    "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\""
                    ":1,\"embedding\":\"AACAPwAAAEA=\"}],\"usage\":{\"prompt_tokens\":5}}"),
            LIST("[1,2]", "[1,2]", "5") " 5 told", "both spellings are read");
    is_text(answers(talk, "{\"data\":[{\"embedding\":[1]},{\"embedding\":[2]}]}"),
            LIST("[1]", "[2]", "9") " 9 counted", "what is not said is counted");
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"data\":[]}",
        "{\"data\":[{\"embedding\":[1]}]}",
        "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]},{\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":7,\"embedding\":[1]},{\"embedding\":[1]}]}",
        "{\"data\":[{\"embedding\":[1]},{\"embedding\":\"no\"}]}",
        "{\"data\":[{\"embedding\":[1]},{}]}",
        "{\"data\":{\"embedding\":[1]}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_text(answers(talk, bad[i]), "upstream_bad_response", "no list for both texts: %s",
                bad[i]);
    is_text(answers(talk, "{\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}"),
            "upstream_error", "an error with status 200");
}

static void of_ollama(void)
{
    is_text(asks(begin_embedding("ollama", TEXTS ",\"dimensions\":2}", base64)),
            "http://p.example/api/embed {\"model\":\"m-1\",\"input\":[\"a\",\"b \\\"c\\\"\"],"
            "\"dimensions\":2}",
            "ollama's own");
    is_text(asks(begin_embedding("ollama", TOKENS, numbers)), "unsupported_parameter input",
            "which takes no tokens");
    is_text(asks(begin_embedding("ollama", TEXTS ",\"input_type\":\"query\"}", numbers)),
            "unsupported_parameter input_type", "and knows no other parameters");
    is_text(answers(begin_embedding("ollama", TEXTS "}", base64),
                    "{\"model\":\"m\",\"embeddings\":[[1,2],[2,1]],\"prompt_eval_count\":4}"),
            LIST("\"AACAPwAAAEA=\"", "\"AAAAQAAAgD8=\"", "4") " 4 told",
            "its lists become base64 where that was asked for");
    is_text(answers(begin_embedding("ollama", TEXTS "}", base64), "{\"error\":\"no such model\"}"),
            "upstream_error", "its errors are heard");
}

static void of_gemini(void)
{
    is_text(
        asks(begin_embedding("gemini", TEXTS ",\"dimensions\":2}", base64)),
        "http://p.example/v1beta/models/m-1:batchEmbedContents {\"requests\":["
        "{\"model\":\"models/m-1\",\"content\":{\"parts\":[{\"text\":\"a\"}]},"
        "\"outputDimensionality\":2},{\"model\":\"models/m-1\",\"content\":{\"parts\":[{\"text\":"
        "\"b \\\"c\\\"\"}]},\"outputDimensionality\":2}]}",
        "gemini's");
    is_text(asks(begin_embedding("gemini", TOKENS, numbers)), "unsupported_parameter input",
            "which takes no tokens");
    is_text(answers(begin_embedding("gemini", TEXTS "}", numbers),
                    "{\"embeddings\":[{\"values\":[1,2]},{\"values\":[2,1]}]}"),
            LIST("[1,2]", "[2,1]", "9") " 9 counted", "and tells no usage");
}

static void of_others(void)
{
    static const char *const kinds[] = { "anthropic", "tgi", "tgi-v1" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        is_text(asks(begin_embedding(kinds[i], TEXTS "}", numbers)), "unsupported_model model",
                "%s has none", kinds[i]);
}

int main(void)
{
    talk_begin();
    of_openai();
    of_ollama();
    of_gemini();
    of_others();
    return talk_done();
}
