/* Issuers and origins that are nobody's, remembered for less than a second in a ring of fixed size. */
#ifndef INSULA_APP_TENANCY_UNKNOWN_H
#define INSULA_APP_TENANCY_UNKNOWN_H

#include "base/str.h"

#define UNKNOWN_MAX 256
#define UNKNOWN_MS  700

struct unknown;
struct unknown *unknown_new(void);
void unknown_free(struct unknown **unknown);
/* Safe from any thread. what: "issuer", "operator", "origin": each is another question. */
void unknown_add(struct unknown *unknown, const char *what, struct str name);
bool unknown_has(struct unknown *unknown, const char *what, struct str name);

#endif
