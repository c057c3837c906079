/* Ollama's /api/embed, asked for and read. */
#include "ollama.h"

#include "draft.h"
#include "embeddings.h"
#include "told_usage.h"

int ollama_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err)
{
    const struct embedding *asked = completion->embedding;
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, NULL);
    json_c_member(draft.w, "model", upstream->model);
    json_raw_member(draft.w, "input", asked->input->raw);
    if (asked->dimensions)
        json_integer_member(draft.w, "dimensions", asked->dimensions);
    return draft_close(&draft, embeddings_check_own(completion, err),
                       arena_printf(arena, "%s/api/embed", upstream->base_url), out, err);
}

int ollama_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err)
{
    struct listing listing;
    const struct json *root;
    int64_t index = 0;
    if (listing_open(&listing, decoder, body, arena, &root, out, err) != 0)
        return -1;
    const struct json *list = json_member(root, "embeddings");
    for (const struct json *vector = list ? list->children : NULL; vector; vector = vector->next)
        listing_add(&listing, index++, vector);
    return listing_close(&listing, told_tokens(root, "prompt_eval_count"), out, err);
}
