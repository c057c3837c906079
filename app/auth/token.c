/* Signatures, checked and made with libjwt, for authenticate() and insulactl: its only door
 * (J1-J7).
 *
 * The library follows the token's own alg and takes an absent key for "no check wanted". So here
 * alg and key come from our record, must fit each other before the call, and alg is compared once
 * more after it. Nothing else that the library says of the token is believed. */
#include "auth/token.h"

#include "crypto/digest.h"
#include "token_rules.h"

#include <errno.h>
#include <jwt.h>
#include <limits.h>

static const struct algorithm {
    const char *name;
    jwt_alg_t id;
    bool secret;
    size_t signature_bytes; /* 0: as long as the RSA modulus */
} algorithms[] = {
    { "HS256", JWT_ALG_HS256, true, 32 },  { "RS256", JWT_ALG_RS256, false, 0 },
    { "RS384", JWT_ALG_RS384, false, 0 },  { "RS512", JWT_ALG_RS512, false, 0 },
    { "ES256", JWT_ALG_ES256, false, 64 }, { "ES384", JWT_ALG_ES384, false, 96 },
};

static const struct algorithm *algorithm_find(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (name && !strcmp(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

/* A secret must not be a public key, whoever wrote the record: its holder is everybody (J1). */
static bool key_fits(const struct algorithm *algorithm, struct str key)
{
    if (!key.at || !key.len || key.len > INT_MAX)
        return false;
    if (!algorithm->secret)
        return str_starts(key, "-----BEGIN PUBLIC KEY-----");
    return !memmem(key.at, key.len, "-----BEGIN ", 11);
}

static bool length_fits(const struct algorithm *algorithm, struct str whole)
{
    const char *dot = memrchr(whole.at, '.', whole.len);
    size_t bytes = dot ? (size_t)(whole.at + whole.len - dot - 1) * 3 / 4 : 0;
    if (algorithm->signature_bytes)
        return bytes == algorithm->signature_bytes;
    return bytes >= 2048 / 8 && bytes <= 8192 / 8;
}

static bool verify(const struct algorithm *algorithm, struct str whole, struct str key)
{
    char text[8 * 1024 + 1]; /* the library wants a NUL behind it */
    if (whole.len >= sizeof text)
        return false;
    memcpy(text, whole.at, whole.len);
    text[whole.len] = 0;
    jwt_t *jwt = NULL;
    int status = jwt_decode(&jwt, text, (const unsigned char *)key.at, (int)key.len);
    bool good = status == 0 && jwt && jwt_get_alg(jwt) == algorithm->id;
    jwt_free(jwt);
    wipe(text, sizeof text);
    return good;
}

int token_verify(const struct token *token, const char *alg, struct str key, struct error *err)
{
    const struct algorithm *algorithm = algorithm_find(alg);
    if (!algorithm || !str_is(token->alg, algorithm->name))
        return token_refuse(err, "alg is not the key's");
    if (!key_fits(algorithm, key))
        return token_refuse(err, "key does not fit alg");
    if (!length_fits(algorithm, token->whole))
        return token_refuse(err, "signature's length");
    if (!verify(algorithm, token->whole, key))
        return token_refuse(err, "signature");
    return 0;
}

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
    if (!key_fits(algorithm_find("HS256"), secret))
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
