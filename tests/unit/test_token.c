/* Genuine tokens of the providers in use are accepted; a token is minted as it is read; the
 * record's algorithm and key decide. The hostile ones are in test_token_hostile.c. */
#include "auth/token.h"
#include "mint.h"

#include "tap.h"
#include "token_craft.h"

#define NOW    INT64_C(1800000000)
#define SECRET STR("0123456789abcdef0123456789abcdef")

static struct arena *arena;
static struct error err;

static const struct shape {
    const char *name, *alg, *header, *claims, *issuer, *audience;
} shapes[] = {
    { "HS256, plain", "HS256", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
      "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"insula\",\"exp\":1800000600}", "acme", "insula" },
    { "HS256, no typ, members in another order", "HS256", "{ \"alg\" : \"HS256\" }",
      "{\"exp\":1800000600,\"aud\":[\"insula\"],\"sub\":\"u1\",\"iss\":\"acme\"}", "acme",
      "insula" },
    { "RS256 like Entra v1", "RS256",
      "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5t\":\"nOo3ZDrODXEK1jKWhXslHR_KXEg\",\"kid\":"
      "\"nOo3\"}",
      "{\"aud\":\"api://insula\",\"iss\":\"https://sts.windows.net/9188040d/\",\"iat\":1799999700,"
      "\"nbf\":1799999700,\"exp\":1800003600,\"acr\":\"1\",\"aio\":\"AXQAi\",\"amr\":[\"pwd\"],"
      "\"appid\":\"x\",\"oid\":\"u\",\"sub\":\"s\",\"tid\":\"9188040d\",\"ver\":\"1.0\",\"xms_"
      "tcdt\":1}",
      "https://sts.windows.net/9188040d/", "api://insula" },
    { "RS256 like Entra v2", "RS256", "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"Mc7l\"}",
      "{\"aud\":\"6e74172b\",\"iss\":\"https://login.microsoftonline.com/9188/"
      "v2.0\",\"iat\":1799999999,"
      "\"nbf\":1799999999,\"exp\":1800005000,\"groups\":[\"a\",\"b\"],\"name\":\"J\\u00f6rg\","
      "\"oid\":\"u\",\"rh\":\"0.A\",\"roles\":[\"Insula.Admin\"],\"sub\":\"s\",\"tid\":\"9188\","
      "\"ver\":\"2.0\"}",
      "https://login.microsoftonline.com/9188/v2.0", "6e74172b" },
    { "RS256 like Okta", "RS256", "{\"kid\":\"Hp2\",\"alg\":\"RS256\"}",
      "{\"ver\":1,\"jti\":\"AT.0\",\"iss\":\"https://acme.okta.com/oauth2/default\",\"aud\":\"api:/"
      "/default\","
      "\"iat\":1800000000,\"exp\":1800003600,\"cid\":\"0oa\",\"uid\":\"00u\",\"scp\":[\"openid\"],"
      "\"auth_time\":1799999000,\"sub\":\"jo@acme.example\"}",
      "https://acme.okta.com/oauth2/default", "api://default" },
    { "RS256 like Auth0", "RS256", "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"vwT\"}",
      "{\"https://insula/role\":\"admin\",\"iss\":\"https://acme.eu.auth0.com/"
      "\",\"sub\":\"auth0|5f\","
      "\"aud\":[\"https://insula\",\"https://acme.eu.auth0.com/userinfo\"],\"iat\":1799999000,"
      "\"exp\":1800085400,\"scope\":\"openid profile\",\"azp\":\"xyz\"}",
      "https://acme.eu.auth0.com/", "https://insula" },
    { "RS256 like Keycloak", "RS256", "{\"alg\":\"RS256\",\"typ\" : \"JWT\",\"kid\" : \"FJ86\"}",
      "{\"exp\":1800000300,\"iat\":1800000000,\"auth_time\":1799990000,\"jti\":\"onrtac:6\","
      "\"iss\":\"https://id.acme.example/realms/"
      "acme\",\"aud\":[\"insula\",\"account\"],\"sub\":\"f:1\","
      "\"typ\":\"Bearer\",\"azp\":\"web\",\"realm_access\":{\"roles\":[\"admin\"]},\"email_"
      "verified\":true}",
      "https://id.acme.example/realms/acme", "insula" },
    { "RS256 like Google", "RS256", "{\"alg\":\"RS256\",\"kid\":\"f83\",\"typ\":\"JWT\"}",
      "{\"iss\":\"https://"
      "accounts.google.com\",\"azp\":\"1.apps\",\"aud\":\"1.apps\",\"sub\":\"1139\","
      "\"hd\":\"acme.example\",\"email\":\"jo@acme.example\",\"email_verified\":true,\"iat\":"
      "1800000000,"
      "\"exp\":1800003600}",
      "https://accounts.google.com", "1.apps" },
    { "RS384", "RS384", "{\"alg\":\"RS384\",\"typ\":\"JWT\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000001}", "i", "a" },
    { "RS512", "RS512", "{\"alg\":\"RS512\",\"typ\":\"JWT\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000001}", "i", "a" },
    { "ES256 like Cognito and Apple", "ES256", "{\"kid\":\"8D\",\"alg\":\"ES256\"}",
      "{\"iss\":\"https://"
      "appleid.apple.com\",\"aud\":\"app\",\"exp\":1800003600,\"iat\":1800000000,"
      "\"sub\":\"001\",\"c_hash\":\"x\",\"nonce_supported\":true,\"real_user_status\":2}",
      "https://appleid.apple.com", "app" },
    { "ES384", "ES384", "{\"alg\":\"ES384\",\"typ\":\"JWT\",\"kid\":\"p384\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000001}", "i", "a" },
    { "expired 59 s ago, within the leeway", "HS256", "{\"alg\":\"HS256\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1799999941}", "i", "a" },
    { "valid from 60 s ahead, within the leeway", "HS256", "{\"alg\":\"HS256\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000600,\"nbf\":1800000060,\"iat\":1800000060}", "i",
      "a" },
    { "lives exactly 24 h", "HS256", "{\"alg\":\"HS256\"}",
      "{\"iss\":\"i\",\"aud\":\"a\",\"iat\":1800000000,\"exp\":1800086400}", "i", "a" },
};

static EVP_PKEY *rsa, *p256, *p384;

static void accepts(const struct shape *shape)
{
    struct token token;
    EVP_PKEY *key = shape->alg[0] == 'R' ? rsa : !strcmp(shape->alg, "ES256") ? p256 : p384;
    bool secret = shape->alg[0] == 'H';
    struct str claims = str_of(shape->claims);
    struct str text = secret ? craft_hs256(arena, SECRET, shape->header, claims)
                             : craft_token(arena, key, shape->alg, shape->header, claims);
    bool good = !token_read(arena, text, &token, &err) &&
                !token_verify(&token, shape->alg,
                              secret ? craft_secret(SECRET) : craft_public(arena, key), &err) &&
                !token_check_claims(&token, shape->issuer, shape->audience, NOW * 1000, &err);
    ok(good, "accepted: %s%s%s", shape->name, good ? "" : ": ", good ? "" : err.log);
}

static void minted_is_read(void)
{
    struct str text;
    struct token token;
    struct str claims =
        STR("{\"iss\":\"acme\",\"aud\":\"insula\",\"sub\":\"u\",\"exp\":1800000600}");
    ok(!token_mint(arena, SECRET, claims, &text, &err), "a token is minted");
    ok(!token_read(arena, text, &token, &err), "what is minted is read");
    ok(!token_verify(&token, "HS256", craft_secret(SECRET), &err), "what is minted verifies");
    ok(!token_check_claims(&token, "acme", "insula", NOW * 1000, &err),
       "and claims what it was given");
    ok(token_verify(&token, "HS256", craft_secret(STR("0123456789abcdef0123456789abcdeg")), &err),
       "another secret does not verify it");
    ok(token_mint(arena, STR("0123456789abcdef0123456789abcde"), claims, &text, &err),
       "a secret of 31 bytes mints nothing");
    ok(token_mint(arena, STR(""), claims, &text, &err), "an empty secret mints nothing");
    ok(token_mint(arena, (struct str){ 0 }, claims, &text, &err), "an absent secret mints nothing");
    ok(token_mint(arena, SECRET, STR("[1]"), &text, &err), "only an object of claims is minted");
    ok(token_mint(arena, SECRET, STR("{"), &text, &err), "broken claims are not minted");
}

static void a_token_is_taken_apart(void)
{
    struct token token;
    struct str text = craft_hs256(arena, SECRET, "{\"alg\":\"HS256\",\"kid\":\"k 1\"}",
                                  STR("{\"iss\":\"acme\",\"sub\":\"u1\"}"));
    ok(!token_read(arena, text, &token, &err), "a token is read before it is verified");
    ok(str_is(token.kid, "k 1") && str_is(token.alg, "HS256") && str_is(token.issuer, "acme"),
       "kid, alg and issuer are found");
    is_text(json_text(json_member(token.claims, "sub")).at, "u1", "claims are found");
}

int main(void)
{
    arena = arena_new(64 << 20);
    rsa = craft_rsa(2048);
    p256 = craft_ec("P-256");
    p384 = craft_ec("P-384");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        accepts(&shapes[i]);
    minted_is_read();
    a_token_is_taken_apart();
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
    arena_free(&arena);
    return done();
}
