/* Embeddings: asked for as OpenAI's clients do, and answered in OpenAI's list whatever the provider says. */
#ifndef INSULA_GATEWAY_EMBEDDINGS_H
#define INSULA_GATEWAY_EMBEDDINGS_H

#include "gateway/provider.h"
#include "vectors.h"

/* provider_kind.write_embeddings, .decode_embeddings of the kinds that serve OpenAI's /embeddings. */
int openai_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err);
int openai_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err);
/* The same for another address, and a header that bears the key alone (NULL: none has). */
int openai_write_embeddings_to(const char *url, const char *key_header,
                               const struct upstream *upstream, const struct completion *completion,
                               struct arena *arena, struct http_request *out, struct error *err);

/* Of the kinds with a protocol of their own, which take texts only and none of OpenAI's further parameters.
 * ERROR_BAD_REQUEST naming "input" or the parameter. */
int embeddings_check_own(const struct completion *completion, struct error *err);

/* The list while it is written. */
struct listing {
    const struct decoder *decoder;
    struct arena *arena;
    struct vectors vectors;
    struct text text;
    struct json_writer *w;
    size_t count;
    bool failed;
};
/* The body as a tree whose vectors are folded. -1: the provider's error, or no answer at all; it is closed
 * then. */
int listing_open(struct listing *listing, const struct decoder *decoder, struct str body,
                 struct arena *arena, const struct json **root_out, struct decoded *out,
                 struct error *err);
/* vector: of the tree; NULL fails. */
void listing_add(struct listing *listing, int64_t index, const struct json *vector);
/* tokens: as the provider told them; -1: it did not. -1 with "upstream_bad_response" where there is not a vector
 * for each text. Frees all in any case. */
int listing_close(struct listing *listing, int64_t tokens, struct decoded *out, struct error *err);

#endif
