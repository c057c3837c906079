/* Text forms of bytes, and UTF-8. All decoders are strict: one byte string has one text. */
#ifndef INSULA_BASE_CODEC_H
#define INSULA_BASE_CODEC_H

#include "base/arena.h"

/* RFC 4648 section 5 without padding; decoding refuses padding, foreign bytes and non-zero spare
 * bits, and returns false. The decoded bytes live in the arena. */
bool base64url_decode(struct arena *arena, struct str text, struct str *out);
struct str base64url_encode(struct arena *arena, struct str bytes);

/* Lower case only. */
bool hex_decode(struct str text, unsigned char *out, size_t out_bytes); /* exactly out_bytes */
void hex_encode(const unsigned char *bytes, size_t n, char *out);       /* 2n characters and NUL */

/* Percent-decoding of a path segment or query value; false on a broken escape, on NUL, or at the
 * arena's maximum. A plus stays a plus; whether the bytes are UTF-8 is for utf8_check. */
bool percent_decode(struct arena *arena, struct str text, struct str *out);

/* Strict UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
 * Returns where the first bad sequence begins, or len when all is well. NUL is a character. */
size_t utf8_check(struct str text);
/* A copy in which each bad sequence is U+FFFD, as browsers do it: a character that breaks off is
 * one sequence, any other bad byte is one by itself. At most three times as long. */
struct str utf8_repair(struct arena *arena, struct str text);
/* The longest prefix of at most max_bytes that ends between characters, of good UTF-8. */
struct str utf8_cut(struct str text, size_t max_bytes);

/* RFC 4648 section 4 with padding, as data: URLs want it. Decoding is as strict as base64url_decode, and
 * wants the padding. */
struct str base64_encode(struct arena *arena, struct str bytes);
bool base64_decode(struct arena *arena, struct str text, struct str *out);

#endif
