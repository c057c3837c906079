/* Reading a request's JSON body field by field; private to web/. */
#ifndef INSULA_WEB_BODY_H
#define INSULA_WEB_BODY_H

#include "json/read.h"
#include "web/exchange.h"

/* The body as an object. Content-Type must be application/json. A tenant named in it must be the
 * credential's own: ERROR_FORBIDDEN "tenant_mismatch". */
int body_read(struct exchange *x, struct json **out, struct error *err);
/* Refuses members that are not in the NULL-terminated list: ERROR_BAD_REQUEST "unknown_field". */
int body_only(const struct json *body, const char *const *known, struct error *err);

/* A member of a type; absent and null are both "not given" and leave *out alone.
 * ERROR_BAD_REQUEST "invalid_type" or "invalid_value" naming the member. */
int body_text(const struct json *body, const char *key, size_t most_bytes, struct str *out,
              struct error *err);
int body_bool(const struct json *body, const char *key, bool *out, struct error *err);
int body_integer(const struct json *body, const char *key, int64_t least, int64_t most,
                 int64_t *out, struct error *err);
int body_number(const struct json *body, const char *key, double least, double most,
                struct error *err);

#endif
