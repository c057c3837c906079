/* JSON web tokens, read by a strict gate: security.md J1-J7, J11, J12.
 *
 * At most 8 KiB; three non-empty parts of strict base64url; header and claims by our JSON reader, so
 * no key twice; typ JWT, at+jwt (RFC 9068) or absent; no crit, jku, x5u, jwk, x5c, zip, enc or cty.
 * Algorithm and key come from our record, never from the token; then the signature; then iss, aud,
 * exp, nbf, iat by exact types. */
#ifndef INSULA_AUTH_TOKEN_H
#define INSULA_AUTH_TOKEN_H

#include "crypto/signature.h"
#include "json/read.h"

/* A token taken apart, not verified. Lives in the arena. */
struct token {
    struct str message, signature; /* what was signed; decoded */
    const struct json *header, *claims;
    struct str alg, kid;       /* kid: at most 128 bytes; absent where there is none */
    struct str issuer;
};
/* ERROR_UNAUTHENTICATED "invalid_token", the reason in err->log. */
int token_read(struct arena *arena, struct str text, struct token *out, struct error *err);

/* alg: of our record, one of signature_names; the token's must be the same. */
int token_verify(const struct token *token, const char *alg, struct signature_key key,
                 struct error *err);

/* exp (needed), nbf, iat are whole numbers, also as 1.8e9, with 60 s of leeway; lifetime (from iat,
 * or from now without one) at most 24 h; aud is a string, or an array of strings that holds audience. */
int token_check_claims(const struct token *token, const char *issuer, const char *audience,
                       int64_t now_unix_ms, struct error *err);

#endif
