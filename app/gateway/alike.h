/* Answers that are almost OpenAI's: read leniently and written strictly, for the kinds whose chunks
 * must not pass through as they are. */
#ifndef INSULA_GATEWAY_ALIKE_H
#define INSULA_GATEWAY_ALIKE_H

#include "gateway/provider.h"

int alike_decode_event(struct decoder *decoder, struct str event, struct str data,
                       struct arena *arena, struct decoded *out, struct error *err);
int alike_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                      struct decoded *out, struct error *err);

/* The same for TGI: its ids of calls are all alike, and a stream of calls ends without a reason. */
int alike_tgi_decode_event(struct decoder *decoder, struct str event, struct str data,
                           struct arena *arena, struct decoded *out, struct error *err);
int alike_tgi_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                          struct decoded *out, struct error *err);

#endif
