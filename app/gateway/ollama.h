/* Ollama's own protocol, /api/chat and /api/embed. */
#ifndef INSULA_GATEWAY_OLLAMA_H
#define INSULA_GATEWAY_OLLAMA_H

#include "gateway/provider.h"

extern const struct provider_kind *const ollama_kind;

/* ollama_embeddings.c */
int ollama_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err);
int ollama_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err);

/* ollama_answer.c */
int ollama_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);
int ollama_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err);

#endif
