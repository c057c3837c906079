/* One step through text that may be bad UTF-8, for utf8.c, error.c and log.c. */
#ifndef INSULA_BASE_UTF8_H
#define INSULA_BASE_UTF8_H

#include "base/str.h"

/* The bytes of the character at text.at[at]; or, with *good false, of the longest beginning of one
 * that is broken off there (at least 1). at must be below text.len. */
size_t utf8_next(struct str text, size_t at, bool *good);
/* The length of text without a last character whose end is missing. */
size_t utf8_whole(struct str text);

#endif
