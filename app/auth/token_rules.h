/* What the files about tokens share: one way to refuse, one reading of an audience. */
#ifndef INSULA_APP_AUTH_TOKEN_RULES_H
#define INSULA_APP_AUTH_TOKEN_RULES_H

#include "json/read.h"

/* All defects of a credential look alike to the client; the log says which it was.
 * ERROR_UNAUTHENTICATED "invalid_token"; returns -1. reason: a literal of ours, never the token's. */
int token_refuse(struct error *err, const char *reason) __attribute__((nonnull));

/* aud is the string, or an array of nothing but strings that holds it. */
bool audience_holds(const struct json *aud_or_null, const char *audience);

#endif
