/* Pieces of JSON as bytes, in an arena: what a decoder copies instead of writing it anew. All
 * return false, and nothing in *out, when the arena's maximum is reached. */
#ifndef INSULA_GATEWAY_RAW_JSON_H
#define INSULA_GATEWAY_RAW_JSON_H

#include "json/read.h"

#include <stdint.h>

/* One after the other; NUL-terminated behind its length. */
bool raw_join(struct arena *arena, const struct str *pieces, size_t count, struct str *out);
/* A text as a JSON string, with its quotes. */
bool raw_quote(struct arena *arena, struct str text, struct str *out);
/* A value without the blanks and line ends between its tokens. */
bool raw_compact(struct arena *arena, const struct json *value, struct str *out);

#endif
