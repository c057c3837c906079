/* OpenAI's embeddings, asked for and read, for OpenAI and all that are like it. */
#include "embeddings.h"

#include "draft.h"
#include "openai.h"
#include "told_usage.h"

/* Written anew here, or only Insula's. */
static const char *const not_copied[] = { "model",     "input",    "encoding_format",
                                          "tenant_id", "tenantId", NULL };

int openai_write_embeddings_to(const char *url, const char *key_header,
                               const struct upstream *upstream, const struct completion *completion,
                               struct arena *arena, struct http_request *out, struct error *err)
{
    struct draft draft;
    draft_open(&draft, upstream, completion, arena);
    draft_key(&draft, upstream, key_header);
    json_c_member(draft.w, "model", upstream->model);
    json_raw_member(draft.w, "input", completion->embedding->input->raw);
    if (completion->embedding->base64)
        json_c_member(draft.w, "encoding_format", "base64");
    json_put_members(draft.w, completion->parameters, not_copied);
    return draft_close(&draft, 0, url, out, err);
}

int openai_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err)
{
    return openai_write_embeddings_to(openai_url(upstream, "/embeddings", arena), NULL, upstream,
                                      completion, arena, out, err);
}

int openai_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err)
{
    struct listing listing;
    const struct json *root;
    int64_t position = 0;
    if (listing_open(&listing, decoder, body, arena, &root, out, err) != 0)
        return -1;
    const struct json *data = json_member(root, "data");
    for (const struct json *item = data ? data->children : NULL; item; item = item->next) {
        int64_t index = json_integer(json_member(item, "index"), position++);
        listing_add(&listing, index, json_member(item, "embedding"));
    }
    int64_t tokens = told_tokens(json_member(root, "usage"), "prompt_tokens");
    return listing_close(&listing, tokens, out, err);
}
