/* Ollama's own protocol, /api/chat. */
#ifndef INSULA_GATEWAY_OLLAMA_H
#define INSULA_GATEWAY_OLLAMA_H

#include "gateway/provider.h"

extern const struct provider_kind *const ollama_kind;

/* ollama_answer.c */
int ollama_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);
int ollama_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err);

#endif
