/* Public keys of identity providers, from the numbers of a JWK (RFC 7517, 7518). OpenSSL builds keys
 * that no one should trust, so each is checked before it is one here: RSA of 2,048 to 8,192 bits with
 * an odd modulus and an odd exponent of 3 to 2^32; points that lie on P-256 or P-384, with coordinates
 * of exactly the curve's size.
 *
 * A key lives as long as its arena. It never changes, so threads may share it. */
#ifndef INSULA_CRYPTO_PUBLIC_KEY_H
#define INSULA_CRYPTO_PUBLIC_KEY_H

#include "base/arena.h"
#include "base/error.h"

struct public_key;

enum public_key_kind { PUBLIC_KEY_RSA, PUBLIC_KEY_P256, PUBLIC_KEY_P384 };

/* Big-endian bytes. ERROR_BAD_REQUEST "bad_key" with the reason. */
int public_key_rsa(struct arena *arena, struct str modulus, struct str exponent,
                   const struct public_key **out, struct error *err);
/* curve: "P-256" or "P-384". */
int public_key_ec(struct arena *arena, const char *curve, struct str x, struct str y,
                  const struct public_key **out, struct error *err);

/* The same key, for as long as another arena lives. */
const struct public_key *public_key_share(const struct public_key *key, struct arena *arena)
    __attribute__((nonnull, returns_nonnull));
enum public_key_kind public_key_kind(const struct public_key *key) __attribute__((nonnull));

#endif
