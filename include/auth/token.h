/* JSON web tokens (jwt_* nowhere else): libjwt behind a strict gate, security.md J1-J7, J11, J12.
 *
 * Before libjwt sees a token: at most 8 KiB, three non-empty strict base64url parts, one JSON parser
 * for header and claims (no duplicate keys), alg exactly one of the issuer's, typ JWT or absent, no
 * crit, jku, x5u, jwk, x5c, zip, enc or cty. The key comes from our record, never from the token; it
 * is never absent. After it: alg compared again, then iss, aud, exp, nbf, iat by exact types.
 *
 * typ at+jwt (RFC 9068) is refused: libjwt 1.10 refuses it, and there is no way round that checks
 * the same bytes. Issuers must be set to plain JWT (Auth0: its own token profile, the default). */
#ifndef INSULA_AUTH_TOKEN_H
#define INSULA_AUTH_TOKEN_H

#include "json/read.h"

/* A token taken apart, not verified. Lives in the arena. */
struct token {
    struct str whole;
    const struct json *header, *claims;
    struct str alg, kid;       /* kid: at most 128 bytes; absent where there is none */
    struct str issuer;
};
/* ERROR_UNAUTHENTICATED "invalid_token", the reason in err->log. */
int token_read(struct arena *arena, struct str text, struct token *out, struct error *err);

/* key: an HS256 secret (never something in PEM), or a PEM public key; never empty. alg: of our
 * record, one of HS256, RS256, RS384, RS512, ES256, ES384. */
int token_verify(const struct token *token, const char *alg, struct str key, struct error *err);

/* exp (needed), nbf, iat are integers, with 60 s of leeway; lifetime (from iat, or from now without
 * one) at most 24 h; aud is a string, or an array of strings that holds audience. */
int token_check_claims(const struct token *token, const char *issuer, const char *audience,
                       int64_t now_unix_ms, struct error *err);

/* Mints an HS256 token of a JSON object of claims (insulactl token).
 * ERROR_BAD_REQUEST "bad_secret", "bad_claims". */
int token_mint(struct arena *arena, struct str secret, struct str claims_json, struct str *out,
               struct error *err);

#endif
