/* Writes OpenAI's list of vectors, for the decoders of all kinds that have embeddings. */
#include "embeddings.h"

#include "asked.h"
#include "chunk_write.h"
#include "raw_json.h"
#include "upstream_error.h"

#define LIST_MAX_BYTES ((size_t)64 << 20)

static const char bad_body[] = "The provider sent no valid answer";

int embeddings_check_own(const struct completion *completion, struct error *err)
{
    static const char *const known[] = { "input", "dimensions", "encoding_format", NULL };
    if (!completion->embedding->texts)
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", "input",
                          "This model's provider takes texts, no tokens.");
    return asked_check(completion->parameters, known, err);
}

static int read_tree(struct listing *listing, struct str body, const struct json **root_out,
                     struct decoded *out, struct error *err)
{
    struct error why;
    struct json *root;
    if (!vectors_fold(listing->arena, body, &listing->vectors) ||
        json_parse(listing->arena, listing->vectors.folded, NULL, &root, &why) != 0 ||
        root->type != JSON_OBJECT)
        return malformed_answer(out, bad_body, err);
    if (upstream_error_object(root))
        return upstream_error_answered(root, out, err);
    *root_out = root;
    return 0;
}

int listing_open(struct listing *listing, const struct decoder *decoder, struct str body,
                 struct arena *arena, const struct json **root_out, struct decoded *out,
                 struct error *err)
{
    *out = (struct decoded){ 0 };
    *listing = (struct listing){ .decoder = decoder, .arena = arena };
    if (read_tree(listing, body, root_out, out, err) != 0)
        return -1;
    listing->text = text_make(LIST_MAX_BYTES);
    struct json_writer *w = listing->w = json_writer_new(arena, &listing->text);
    json_object_open(w);
    json_c_member(w, "object", "list");
    json_key(w, "data");
    json_array_open(w);
    return 0;
}

void listing_add(struct listing *listing, int64_t index, const struct json *vector)
{
    const struct embedding *asked = listing->decoder->completion->embedding;
    struct json_writer *w = listing->w;
    bool is_one = index >= 0 && (size_t)index < asked->count && listing->count < asked->count;
    if (!is_one || listing->failed) {
        listing->failed = true;
        return;
    }
    json_object_open(w);
    json_c_member(w, "object", "embedding");
    json_integer_member(w, "index", index);
    json_key(w, "embedding");
    listing->failed = !vector_put(w, &listing->vectors, vector, asked->base64);
    if (listing->failed)
        json_put_null(w);
    json_object_close(w);
    listing->count++;
}

int listing_close(struct listing *listing, int64_t tokens, struct decoded *out, struct error *err)
{
    const struct decoder *decoder = listing->decoder;
    const struct embedding *asked = decoder->completion->embedding;
    struct json_writer *w = listing->w;
    int64_t in = tokens >= 0 ? tokens : asked->tokens;
    json_array_close(w);
    json_c_member(w, "model", decoder->upstream->public_name);
    json_key(w, "usage");
    json_object_open(w);
    json_integer_member(w, "prompt_tokens", in);
    json_integer_member(w, "total_tokens", in);
    json_object_close(w);
    json_object_close(w);
    struct str list = text_str(&listing->text);
    bool is_whole = !listing->failed && listing->count == asked->count && !listing->text.over &&
                    raw_join(listing->arena, &list, 1, &out->chunk);
    text_free(&listing->text);
    if (!is_whole)
        return malformed_answer(out, bad_body, err);
    out->usage = (struct usage){ .known = true, .tokens_in = in, .counted = tokens < 0 };
    return 0;
}
