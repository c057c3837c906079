/* Web pages of other origins: what a browser must be told before it lets them ask, and read (WHATWG Fetch,
 * "CORS protocol"). A page may read an answer whose tenant lists the page's origin.
 *
 * A preflight has no credential, so no tenant: it is granted where any tenant has the origin, and says no
 * more than that. The request itself has both: its answer names the origin only where the credential's own
 * tenant lists it. So one tenant's list never opens another's answers. Who has no credential, or a wrong
 * one, gets an answer that no page can read. Nothing here is sent with cookies, and "*" is never said. */
#ifndef INSULA_WEB_CORS_H
#define INSULA_WEB_CORS_H

#include "web/exchange.h"

/* The answer to OPTIONS on an address that takes these methods ("GET, POST"). */
int cors_preflight(struct exchange *x, struct str methods, struct error *err);
/* What the head of any other answer says of it. */
void cors_headers(const struct exchange *x, struct text *out);

/* Pure: those of the asked header names, comma-separated, that a page may send: the ones that clients of
 * our doors are known to send, and x-stainless-*. In small letters, ", " between them. */
struct str cors_headers_allowed(struct arena *arena, struct str asked);

#endif
