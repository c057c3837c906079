/* UTF-8 with U+FFFD for what is none, in memory that the caller may refuse: for both directions. */
#ifndef INSULA_JSON_MEND_H
#define INSULA_JSON_MEND_H

#include "base/str.h"

/* Writes the mended text, or nothing when out is NULL; returns its length, at most three times the
 * text's. (utf8_repair of base takes what it needs of an arena, so it is not for sizes that the
 * outside chooses.) */
size_t mend_utf8(struct str text, char *out_or_null);

#endif
