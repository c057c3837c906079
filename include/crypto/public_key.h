/* Public keys of identity providers: the numbers of a JWK (RFC 7517, 7518) to the PEM that libjwt takes. */
#ifndef INSULA_CRYPTO_PUBLIC_KEY_H
#define INSULA_CRYPTO_PUBLIC_KEY_H

#include "base/arena.h"
#include "base/error.h"

/* Big-endian bytes. RSA modulus 2,048 to 8,192 bits, odd; exponent odd, 3 to 2^32; the key is checked
 * once more by OpenSSL. ERROR_BAD_REQUEST "bad_key" with the reason. */
int public_key_rsa(struct arena *arena, struct str modulus, struct str exponent, struct str *pem,
                   struct error *err);
/* curve: "P-256" or "P-384"; x and y of exactly the curve's size; the point must lie on the curve. */
int public_key_ec(struct arena *arena, const char *curve, struct str x, struct str y,
                  struct str *pem, struct error *err);

#endif
