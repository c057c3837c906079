/* What our client hears of a provider's error, shared by the providers that report errors as OpenAI
 * does. */
#ifndef INSULA_GATEWAY_UPSTREAM_ERROR_H
#define INSULA_GATEWAY_UPSTREAM_ERROR_H

#include "gateway/provider.h"
#include "upstream_cause.h"

/* Fills *err from an error report that came with status 200, in a stream or as a body; returns -1.
 * failed_words: for the client, where the report says no more than that it failed. */
int upstream_error_fail(const struct json *root, const char *failed_words, struct error *err);

/* The same for a decoder's record: says "upstream_overloaded" where the stream is under way and the
 * client cannot be told by a status, and marks *out. */
int upstream_error_streamed(const struct decoder *decoder, const struct json *root,
                            struct decoded *out, struct error *err);
/* The same for a whole body. */
int upstream_error_answered(const struct json *root, struct decoded *out, struct error *err);

/* provider_kind.error_of */
void upstream_error_of(const struct http_head *head, struct str body, struct arena *arena,
                       struct error *err);

#endif
