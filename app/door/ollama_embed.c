/* Ollama's embeddings: asked as OpenAI's are, and their list without its frame. */
#include "ollama_door.h"

#include "voice.h"

#define NS_OF_MS INT64_C(1000000)

int embed_to_chat(struct arena *arena, const struct json *body, struct str *out, struct error *err)
{
    static const struct renamed names[] = { { "model", "model", JSON_STRING },
                                            { "dimensions", "dimensions", JSON_NUMBER } };
    struct translation t;
    const struct json *input = json_member(body, "input");
    translation_open(&t, arena, body);
    int status = put_renamed(t.w, body, NULL, names, sizeof names / sizeof *names, err);
    if (status == 0 && json_is_set(input))
        json_raw_member(t.w, "input", input->raw);
    return translation_close(&t, status, out, err);
}

/* The list is our own (gateway/embeddings.c), and holds too many numbers to be worth a tree. */
static bool next_vector(struct str *list, struct str *out)
{
    static const char mark[] = "\"embedding\":[";
    const char *from = memmem(list->at, list->len, mark, sizeof mark - 1);
    if (!from)
        return false;
    from += sizeof mark - 2;
    const char *end = memchr(from, ']', list->len - (size_t)(from - list->at));
    if (!end)
        return false;
    *out = (struct str){ from, (size_t)(end + 1 - from) };
    *list = (struct str){ end, list->len - (size_t)(end - list->at) };
    return true;
}

struct said embed_body(struct voice *voice, struct str completion)
{
    struct str vector;
    voice_begin(voice);
    struct json_writer *w = json_writer_new(voice->arena, &voice->out);
    json_object_open(w);
    json_c_member(w, "model", voice->model);
    json_key(w, "embeddings");
    json_array_open(w);
    while (next_vector(&completion, &vector))
        json_put_raw(w, vector);
    json_array_close(w);
    json_integer_member(w, "total_duration", voice->reckoning.total_ms * NS_OF_MS);
    json_integer_member(w, "load_duration", 0);
    json_integer_member(w, "prompt_eval_count", voice->reckoning.tokens_in);
    json_object_close(w);
    return voice_said(voice);
}
