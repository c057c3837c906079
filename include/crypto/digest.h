/* SHA-256, HMAC-SHA-256 and comparison in constant time. */
#ifndef INSULA_CRYPTO_DIGEST_H
#define INSULA_CRYPTO_DIGEST_H

#include "base/str.h"

#define DIGEST_BYTES 32

/* The parts are hashed one after the other, each behind its length (8 bytes, big-endian), so that
 * ("ab","c") and ("a","bc") differ. */
void digest_parts(const struct str *parts, size_t n, unsigned char out[DIGEST_BYTES]);
void digest_bytes(struct str bytes, unsigned char out[DIGEST_BYTES]); /* plain SHA-256 */
void digest_keyed(struct str key, struct str bytes, unsigned char out[DIGEST_BYTES]); /* HMAC */

/* Takes the same time whatever the bytes hold. */
bool same_bytes(const void *a, const void *b, size_t n);
void wipe(void *secret, size_t n);

#endif
