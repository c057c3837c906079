/* Checks signatures by the names of RFC 7518, on OpenSSL's EVP. Algorithm and key come from a record
 * of ours; nothing in a message chooses either.
 *
 *     name                 key                              signature
 *     HS256                a secret of 32 bytes or more     32 bytes
 *     RS256 RS384 RS512    RSA; PKCS #1 v1.5                as long as the modulus
 *     PS256                RSA; PSS, MGF1 with SHA-256,     as long as the modulus
 *                          32 bytes of salt
 *     ES256                P-256                            r and s, 32 bytes each
 *     ES384                P-384                            r and s, 48 bytes each */
#ifndef INSULA_CRYPTO_SIGNATURE_H
#define INSULA_CRYPTO_SIGNATURE_H

#include "crypto/public_key.h"

/* The names above, from the narrowest of a kind of key to the widest; NULL behind the last. */
extern const char *const signature_names[];

/* Whether a key may serve an algorithm: it is of that kind, and nothing else is asked. */
bool signature_fits(const char *name, const struct public_key *key) __attribute__((nonnull));

#define SIGNATURE_SECRET_MIN_BYTES 32
/* Long enough not to be guessed, and no key in PEM: that one everybody has. */
bool signature_is_secret(struct str secret);

/* One of the two; the other one is absent. */
struct signature_key {
    struct str secret;
    const struct public_key *public;
};
/* NULL: genuine. Otherwise what is wrong, in our words. */
const char *signature_defect(const char *name, struct signature_key key, struct str message,
                             struct str signature) __attribute__((nonnull));

#endif
