/* The providers that speak OpenAI's chat protocol: OpenAI itself, and all that are compatible. */
#ifndef INSULA_GATEWAY_OPENAI_H
#define INSULA_GATEWAY_OPENAI_H

#include "gateway/provider.h"

extern const struct provider_kind *const openai_kind;
extern const struct provider_kind *const compatible_kind;

/* openai_answer.c */
int openai_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);
int openai_decode_body(struct str body, struct arena *arena, struct decoded *out,
                       struct error *err);

#endif
