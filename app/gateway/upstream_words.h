/* What of a provider's own words may reach a client, where it refused the client's request. */
#ifndef INSULA_GATEWAY_UPSTREAM_WORDS_H
#define INSULA_GATEWAY_UPSTREAM_WORDS_H

#include "upstream_cause.h"
#include "base/error.h"

/* Puts the report's message and param into a filled error where they are fit to be shown, else
 * leaves what is there. Control characters become blanks, what is too long is cut. */
void upstream_words_tell(const struct upstream_report *report, struct error *err);
/* Its code, if it is a name; numbers and anything else become null. */
void upstream_code_tell(const struct upstream_report *report, struct error *err);

#endif
