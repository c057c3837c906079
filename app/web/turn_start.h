/* What every way of starting a turn shares; private to web/. */
#ifndef INSULA_WEB_TURN_START_H
#define INSULA_WEB_TURN_START_H

#include "body.h"

/* Model, sampling parameters and limits of a body, for every door. Fills model, stream, max_tokens,
 * choices, parameters, limits and the idempotency key; the rest is the door's.
 * named: the model that the address names, which wins over the body's; absent: none. */
int turn_body_read(struct exchange *x, const struct json *body, struct str named,
                   struct turn_request *out, struct error *err);
struct prompt_limits prompt_limits_of(const struct exchange *x);

/* Takes a slot, and sends the exchange to the gate, with a copy of the request. */
int turn_start(struct exchange *x, const struct turn_request *request, struct error *err);

#endif
