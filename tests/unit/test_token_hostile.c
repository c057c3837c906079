/* Well signed tokens with a hostile header or hostile claims: each is refused, and for the reason
 * that it was made for. Forged signatures and broken encodings are in test_token_forged.c. */
#include "auth/key_set.h"
#include "auth/token.h"

#include "bar.h"
#include "token_craft.h"

#define NOW         INT64_C(1800000000)
#define SECRET      STR("0123456789abcdef0123456789abcdef")
#define GOOD_HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define GOOD_CLAIMS "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\",\"exp\":1800000600}"

static struct arena *arena;
static EVP_PKEY *rsa, *p256, *p384;
static struct key keys[3];
static int hostile, accepted;

/* The whole way of a token of an issuer with key set {k1: RSA, k2: P-256, k3: P-384} that may use
 * RS256 and ES256. 0: accepted. */
static int check(struct str text, struct error *err)
{
    struct token token;
    const char *alg = "RS256";
    if (token_read(arena, text, &token, err))
        return -1;
    if (str_is(token.alg, "ES256"))
        alg = "ES256";
    const struct key *key = key_set_find(keys, 3, token.kid, str_of(alg));
    if (!key)
        return fail(err, ERROR_UNAUTHENTICATED, "invalid_token", "The credential is not valid.") +
               error_note(err, "token: no key");
    return token_verify(&token, alg, (struct signature_key){ .public = key->public }, err) ||
                   token_check_claims(&token, "i", "a", NOW * 1000, err)
               ? -1
               : 0;
}

static void judge(int status, const struct error *err, const char *reason, const char *name)
{
    hostile++;
    accepted += status == 0;
    bool alike = status && err->kind == ERROR_UNAUTHENTICATED &&
                 !strcmp(err->code, "invalid_token") &&
                 !strcmp(err->message, "The credential is not valid.");
    if (!ok(alike && strstr(err->log, reason), "refused for its %s: %.60s", reason, name) && status)
        printf("#   reason: %s\n", err->log);
}

static void refuse(struct str text, const char *reason, const char *name)
{
    struct error err = { 0 };
    int status = check(text, &err);
    judge(status, &err, reason, name);
}

static struct str signed_header(const char *header)
{
    return craft_token(arena, rsa, "RS256", header, STR(GOOD_CLAIMS));
}

static struct str signed_claims(const char *claims)
{
    return craft_token(arena, rsa, "RS256", GOOD_HEADER, str_of(claims));
}

static const struct {
    const char *reason, *header;
} hostile_headers[] = {
    { "alg", "{\"alg\":\"none\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"None\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"NONE\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"nOnE\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":null,\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":256,\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":[\"RS256\"],\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":{\"RS256\":1},\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":true,\"kid\":\"k1\"}" },
    { "alg", "{\"kid\":\"k1\"}" },
    { "alg", "{\"Alg\":\"RS256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"rs256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"Rs256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"hs256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"RS256 \",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\" RS256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"RS2560\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"RS256,none\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"RS384\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"RS512\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"PS256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"EdDSA\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"ES256K\",\"kid\":\"k1\"}" },
    { "no key", "{\"alg\":\"ES384\",\"kid\":\"k3\"}" },
    { "alg", "{\"alg\":\"HS256\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"HS512\",\"kid\":\"k1\"}" },
    { "alg", "{\"alg\":\"dir\",\"kid\":\"k1\"}" },
    { "no key", "{\"alg\":\"ES256\",\"kid\":\"k1\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"k2\"}" },
    { "no JSON", "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"k1\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"k1\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"kid\":\"k2\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"\\u0061lg\":\"none\",\"kid\":\"k1\"}" },
    { "no JSON", "{\"alg\":\"RS256\\u0000\",\"kid\":\"k1\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\\u0000\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x\":\"\\ud800\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x\":\"\xc0\x80\"}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\",}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\"} x" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\"}{}" },
    { "no JSON", "{/**/\"alg\":\"RS256\",\"kid\":\"k1\"}" },
    { "no JSON", "{'alg':'RS256','kid':'k1'}" },
    { "no JSON", "{\"alg\":\"RS256\",\"kid\":\"k1\"" },
    { "no JSON", "\xef\xbb\xbf{\"alg\":\"RS256\",\"kid\":\"k1\"}" },
    { "no JSON", "[\"RS256\"]" },
    { "no JSON", "\"RS256\"" },
    { "no JSON", "null" },
    { "no JSON",
      "{\"alg\":\"RS256\",\"kid\":\"k1\",\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[]}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":null}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"b64\"],\"b64\":false}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"\\u0063rit\":[\"x\"]}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"jku\":\"https://evil.example/keys\"}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5u\":\"https://evil.example/c\"}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"RSA\"}}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5c\":[\"MIIB\"]}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"zip\":\"DEF\"}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"enc\":\"A128GCM\"}" },
    { "instructions", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"cty\":\"JWT\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"JWE\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"AT+JWT\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"application/jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"id+jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"rt+jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"secevent+jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"logout+jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"dpop+jwt\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"\"}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":null}" },
    { "typ", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":1}" },
    { "kid", "{\"alg\":\"RS256\",\"kid\":1}" },
    { "kid", "{\"alg\":\"RS256\",\"kid\":null}" },
    { "kid", "{\"alg\":\"RS256\",\"kid\":[\"k1\"]}" },
    { "kid", "{\"alg\":\"RS256\",\"kid\":\"\"}" },
    { "kid",
      "{\"alg\":\"RS256\",\"kid\":\"0123456789012345678901234567890123456789012345678901234567"
      "890123456789012345678901234567890123456789012345678901234567890123456789\"}" },
    { "no key", "{\"alg\":\"RS256\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"K1\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"k1 \"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"k\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"../../../../dev/null\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"k1' OR '1'='1\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"x' UNION SELECT 'secret\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"|/usr/bin/id\"}" },
    { "no key", "{\"alg\":\"RS256\",\"kid\":\"https://evil.example/keys\"}" },
};

static void headers(void)
{
    for (size_t i = 0; i < sizeof hostile_headers / sizeof *hostile_headers; i++)
        refuse(signed_header(hostile_headers[i].header), hostile_headers[i].reason,
               hostile_headers[i].header);
}

#define WITH(rest) "{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\"," rest "}"

static const struct {
    const char *reason, *claims;
} hostile_claims[] = {
    { "iss", "{\"iss\":\"j\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"iss\":\"I\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"iss\":\"i/\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"iss\":\"\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"iss\":[\"i\"],\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"iss\":null,\"aud\":\"a\",\"exp\":1800000600}" },
    { "iss", "{\"aud\":\"a\",\"exp\":1800000600}" },
    { "no JSON", "{\"iss\":\"j\",\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "no JSON", "{\"iss\":\"i\",\"aud\":\"b\",\"aud\":\"a\",\"exp\":1800000600}" },
    { "no JSON", "[1]" },
    { "no JSON", ""
                 "\x01" },
    { "aud", "{\"iss\":\"i\",\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":\"b\",\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":\"A\",\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":\"\",\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":\"aa\",\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":[],\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":[\"b\",\"c\"],\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":[[\"a\"]],\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":[\"a\",1],\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":{\"a\":\"a\"},\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":null,\"exp\":1800000600}" },
    { "aud", "{\"iss\":\"i\",\"aud\":1,\"exp\":1800000600}" },
    { "exp", "{\"iss\":\"i\",\"aud\":\"a\"}" },
    { "exp", WITH("\"exp\":null") },
    { "exp", WITH("\"exp\":\"1800000600\"") },
    { "exp", WITH("\"exp\":1800000600.5") },
    { "exp", WITH("\"exp\":1.80000060001e9") },
    { "exp", WITH("\"exp\":1.8e99") },
    { "exp", WITH("\"exp\":-1") },
    { "exp", WITH("\"exp\":true") },
    { "exp", WITH("\"exp\":[1800000600]") },
    { "exp", WITH("\"exp\":{}") },
    { "exp", WITH("\"exp\":9223372036854775807") },
    { "exp", WITH("\"exp\":253402300800") },
    { "token: ", WITH("\"exp\":9223372036854775808") },
    { "token: ", WITH("\"exp\":18446744073709551615") },
    { "token: ", WITH("\"exp\":1e400") },
    { "no JSON", WITH("\"exp\":01800000600") },
    { "no JSON", WITH("\"exp\":0x6B49D200") },
    { "no JSON", WITH("\"exp\":NaN") },
    { "no JSON", WITH("\"exp\":1,\"exp\":1800000600") },
    { "expired", WITH("\"exp\":0") },
    { "expired", WITH("\"exp\":1") },
    { "expired", WITH("\"exp\":1799999940") },
    { "expired", WITH("\"exp\":1799999000") },
    { "24 h", WITH("\"exp\":1800086401") },
    { "24 h", WITH("\"exp\":1900000000") },
    { "24 h", WITH("\"iat\":1799990000,\"exp\":1800080000") },
    { "24 h", WITH("\"iat\":0,\"exp\":1800000600") },
    { "not yet", WITH("\"nbf\":1800000061,\"exp\":1800000600") },
    { "not yet", WITH("\"nbf\":253402300799,\"exp\":1800000600") },
    { "not yet", WITH("\"iat\":1800000061,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"nbf\":\"0\",\"exp\":1800000600") },
    { "nbf or iat", WITH("\"nbf\":null,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"nbf\":0.5,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"nbf\":-1,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"iat\":\"0\",\"exp\":1800000600") },
    { "nbf or iat", WITH("\"iat\":-1,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"iat\":1e-9,\"exp\":1800000600") },
    { "nbf or iat", WITH("\"iat\":9223372036854775807,\"exp\":1800000600") },
};

static void claims(void)
{
    for (size_t i = 0; i < sizeof hostile_claims / sizeof *hostile_claims; i++)
        refuse(signed_claims(hostile_claims[i].claims), hostile_claims[i].reason,
               hostile_claims[i].claims);
}

static void set_up(void)
{
    arena = arena_new((size_t)256 << 20);
    rsa = craft_rsa(2048);
    p256 = craft_ec("P-256");
    p384 = craft_ec("P-384");
    keys[0] = (struct key){ STR("k1"), NULL, craft_public(arena, rsa).public };
    keys[1] = (struct key){ STR("k2"), NULL, craft_public(arena, p256).public };
    keys[2] = (struct key){ STR("k3"), NULL, craft_public(arena, p384).public };
}

int main(void)
{
    struct error err;
    set_up();
    ok(!check(signed_claims(GOOD_CLAIMS), &err), "the token that all are made from is accepted");
    headers();
    claims();
    bar("B7", "well signed tokens with hostile headers or claims are refused", hostile - accepted,
        hostile);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
    arena_free(&arena);
    return done();
}
