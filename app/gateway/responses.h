/* OpenAI's Responses. */
#ifndef INSULA_GATEWAY_RESPONSES_H
#define INSULA_GATEWAY_RESPONSES_H

#include "gateway/provider.h"

extern const struct provider_kind *const responses_kind;

/* responses_input.c: the member "input" */
struct json_writer;
int responses_put_input(struct json_writer *w, const struct completion *completion,
                        struct arena *arena, struct error *err);

/* responses_answer.c */
int responses_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err);
int responses_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                          struct decoded *out, struct error *err);

#endif
