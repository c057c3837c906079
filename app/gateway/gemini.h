/* Google's Gemini. */
#ifndef INSULA_GATEWAY_GEMINI_H
#define INSULA_GATEWAY_GEMINI_H

#include "gateway/provider.h"

extern const struct provider_kind *const gemini_kind;

/* gemini_contents.c: the members "systemInstruction" and "contents". signs: calls of earlier turns
 * need a thought's signature. */
struct json_writer;
int gemini_put_contents(struct json_writer *w, const struct completion *completion, bool signs,
                        struct arena *arena, struct error *err);

/* base_url, version and model, and what is to be done: "generateContent" */
const char *gemini_url(const struct upstream *upstream, const char *action, struct arena *arena);

/* gemini_embeddings.c */
int gemini_write_embeddings(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err);
int gemini_decode_embeddings(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err);

/* gemini_answer.c */
int gemini_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);
int gemini_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err);

#endif
