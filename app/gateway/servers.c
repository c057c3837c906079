/* vLLM, llama.cpp and Ollama's /v1: OpenAI's request, and an answer that is read leniently. */
#include "servers.h"

#include "alike.h"
#include "asked.h"
#include "embeddings.h"
#include "openai.h"
#include "upstream_error.h"

static int ask(const struct upstream *upstream, const struct completion *completion,
               struct arena *arena, struct http_request *out, struct error *err)
{
    const struct openai_dialect dialect = { .url = openai_url(upstream, "/chat/completions", arena),
                                            .max_tokens = "max_tokens" };
    return openai_write_request(&dialect, upstream, completion, arena, out, err);
}

/* It fetches no pictures. */
static int check_images(const struct completion *completion, struct arena *arena, struct error *err)
{
    struct asked_message *messages;
    struct str media, data;
    if (asked_messages(completion, arena, &messages, err) != 0)
        return -1;
    for (size_t i = 0; i < completion->message_count; i++) {
        for (size_t p = 0; p < messages[i].part_count; p++) {
            const struct asked_part *part = &messages[i].parts[p];
            if (part->kind != ASKED_TEXT && !asked_data_url(part->text, &media, &data))
                return asked_refuse_part(&messages[i], "an image that is no data: URL", err);
        }
    }
    return 0;
}

static int ask_ollama(const struct upstream *upstream, const struct completion *completion,
                      struct arena *arena, struct http_request *out, struct error *err)
{
    const struct json *n = json_member(completion->parameters, "n");
    const struct openai_dialect dialect = { .url = openai_url(upstream, "/chat/completions", arena),
                                            .max_tokens = "max_tokens",
                                            .one_name = true };
    if (json_integer(n, 1) != 1)
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", "n",
                          "This model's provider gives one answer.");
    if (check_images(completion, arena, err) != 0)
        return -1;
    return openai_write_request(&dialect, upstream, completion, arena, out, err);
}

#define ALMOST_OPENAI(kind_name, asks)                                                             \
    {                                                                                              \
        .name = kind_name, .framing = FRAMING_SSE, .write_request = asks,                          \
        .decode_event = alike_decode_event, .decode_body = alike_decode_body,                      \
        .write_embeddings = openai_write_embeddings,                                               \
        .decode_embeddings = openai_decode_embeddings, .error_of = upstream_error_of               \
    }

static const struct provider_kind vllm = ALMOST_OPENAI("vllm", ask);
static const struct provider_kind llamacpp = ALMOST_OPENAI("llamacpp", ask);
static const struct provider_kind ollama_v1 = ALMOST_OPENAI("ollama-v1", ask_ollama);

const struct provider_kind *const vllm_kind = &vllm;
const struct provider_kind *const llamacpp_kind = &llamacpp;
const struct provider_kind *const ollama_v1_kind = &ollama_v1;
