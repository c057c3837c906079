/* Anthropic's Messages. */
#ifndef INSULA_GATEWAY_ANTHROPIC_H
#define INSULA_GATEWAY_ANTHROPIC_H

#include "gateway/provider.h"

extern const struct provider_kind *const anthropic_kind;

/* anthropic_messages.c: the members "system" and "messages" */
struct json_writer;
int anthropic_put_messages(struct json_writer *w, const struct completion *completion,
                           bool wants_json, struct arena *arena, struct error *err);

/* anthropic_answer.c */
int anthropic_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err);
int anthropic_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                          struct decoded *out, struct error *err);

#endif
