/* Makes HS256 tokens with libjwt, for insulactl token: its only door.
 *
 * The library only writes here. It follows a token's own alg and takes an absent key for "no check
 * wanted", so no token from outside is ever given to it: crypto/signature.c checks those. */
#include "mint.h"

#include "crypto/signature.h"
#include "json/read.h"

#include <jwt.h>

/* NULL when the library refuses the claims. free() it. */
static char *sign(struct str secret, const char *claims)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt))
        return NULL;
    if (!jwt_add_grants_json(jwt, claims) &&
        !jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret.at, (int)secret.len))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

int token_mint(struct arena *arena, struct str secret, struct str claims_json, struct str *out,
               struct error *err)
{
    struct json *claims;
    if (!signature_is_secret(secret))
        return fail(err, ERROR_BAD_REQUEST, "bad_secret", "The secret cannot be used for HS256.");
    if (json_parse(arena, claims_json, NULL, &claims, err))
        return -1;
    if (claims->type != JSON_OBJECT)
        return fail(err, ERROR_BAD_REQUEST, "bad_claims", "Claims are a JSON object.");
    char *text = sign(secret, arena_copy(arena, claims_json).at);
    if (!text)
        return fail(err, ERROR_BAD_REQUEST, "bad_claims", "The claims cannot be signed.");
    *out = arena_copy(arena, str_of(text));
    free(text);
    return 0;
}
