/* What every way of starting a turn shares; private to web/. */
#ifndef INSULA_WEB_TURN_START_H
#define INSULA_WEB_TURN_START_H

#include "body.h"

/* Model, parameters, limits and the idempotency key: what every turn has.
 * named: the model that the address names, which wins over the body's; absent: none. */
int turn_request_begin(struct exchange *x, const struct json *body, struct str named,
                       struct turn_request *out, struct error *err);
/* The same, with what is said of an answer: sampling parameters, stream, max_tokens, choices. The rest
 * is the door's. */
int turn_body_read(struct exchange *x, const struct json *body, struct str named,
                   struct turn_request *out, struct error *err);
struct prompt_limits prompt_limits_of(const struct exchange *x);

/* The types of what turn_body_read does not look at. ERROR_BAD_REQUEST "invalid_type" naming the place. */
int chat_types_check(const struct json *body, struct error *err);
/* A client's body as a chat completion's, where its door translates it. */
int chat_body_read(struct exchange *x, struct json **out, struct error *err);
/* About how many tokens a request's prompt has, as they are counted where the provider tells none. */
int64_t turn_prompt_counted(const struct turn_request *request);

/* Takes a slot, and sends the exchange to the gate, with a copy of the request. */
int turn_start(struct exchange *x, const struct turn_request *request, struct error *err);

#endif
