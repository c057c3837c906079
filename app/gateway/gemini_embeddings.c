/* Gemini's batchEmbedContents, asked for and read. It tells no usage. */
#include "gemini.h"

#include "draft.h"
#include "embeddings.h"
#include "told_usage.h"

static void put_text(struct json_writer *w, const char *model, struct str text, int64_t dimensions)
{
    json_object_open(w);
    json_c_member(w, "model", model);
    json_key(w, "content");
    json_object_open(w);
    json_key(w, "parts");
    json_array_open(w);
    json_object_open(w);
    json_text_member(w, "text", text);
    json_object_close(w);
    json_array_close(w);
    json_object_close(w);
    if (dimensions)
        json_integer_member(w, "outputDimensionality", dimensions);
    json_object_close(w);
}

int gemini_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err)
{
    const struct embedding *asked = completion->embedding;
    const char *model = arena_printf(arena, "models/%s", upstream->model);
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, "x-goog-api-key");
    int status = embeddings_check_own(completion, err);
    json_key(draft.w, "requests");
    json_array_open(draft.w);
    for (size_t i = 0; status == 0 && i < asked->count; i++)
        put_text(draft.w, model, asked->texts[i], asked->dimensions);
    json_array_close(draft.w);
    return draft_close(&draft, status, gemini_url(upstream, "batchEmbedContents", arena), out, err);
}

int gemini_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err)
{
    struct listing listing;
    const struct json *root;
    int64_t index = 0;
    if (listing_open(&listing, decoder, body, arena, &root, out, err) != 0)
        return -1;
    const struct json *list = json_member(root, "embeddings");
    for (const struct json *one = list ? list->children : NULL; one; one = one->next)
        listing_add(&listing, index++, json_member(one, "values"));
    int64_t tokens = told_tokens(json_member(root, "usageMetadata"), "promptTokenCount");
    return listing_close(&listing, tokens, out, err);
}
