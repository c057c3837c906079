/* Tokens: nothing verifies that was not signed with the key of our record, and what the claims'
 * check lets pass says what it must, read a second time from the bytes.
 *
 * First byte even: the rest is a token as a client sends it. Odd: header and claims, parted by a
 * zero byte, which are signed here with the genuine secret. */
#include "fuzz/fuzz.h"

#include "auth/token.h"
#include "token_craft.h"

#define NOW_MS INT64_C(1800000000000)
#define SECRET STR("0123456789abcdef0123456789abcdef")

static struct arena *arena;

/* RFC 7515's published key on P-256, whose private half nobody uses. */
static struct signature_key public_key(void)
{
    static const char *const point[] = { "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                                         "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" };
    struct signature_key key = { 0 };
    struct str x, y;
    struct error err;
    PROMISE(base64url_decode(arena, str_of(point[0]), &x) &&
                base64url_decode(arena, str_of(point[1]), &y) &&
                !public_key_ec(arena, "P-256", x, y, &key.public, &err),
            "the public key");
    return key;
}

/* The signature once more, with OpenSSL directly. */
static bool is_signed(struct str whole)
{
    const char *dot = memrchr(whole.at, '.', whole.len);
    size_t n = (size_t)(dot - whole.at);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct str signature;
    HMAC(EVP_sha256(), SECRET.at, (int)SECRET.len, (const unsigned char *)whole.at, n, mac, &len);
    return base64url_decode(arena, (struct str){ dot + 1, whole.len - n - 1 }, &signature) &&
           str_equal(signature, (struct str){ (const char *)mac, len });
}

static void check_shape(const struct token *token, struct str whole)
{
    static const char *const orders[] = { "crit", "jku", "x5u", "jwk", "x5c", "zip", "enc", "cty" };
    size_t dots = 0;
    for (size_t i = 0; i < whole.len; i++) {
        char c = whole.at[i];
        dots += c == '.';
        PROMISE((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '-' || c == '_' || c == '.',
                "a token is base64url and dots");
    }
    PROMISE(dots == 2 && whole.len <= 8192, "three parts, at most 8 KiB");
    PROMISE(lies_in(token->message, whole) && token->message.at == whole.at, "what was signed");
    PROMISE(token->alg.len && !str_equal_nocase(token->alg, "none"), "an algorithm");
    PROMISE(token->kid.len <= 128 && (!token->kid.at || token->kid.len), "a kid of 1 to 128 bytes");
    PROMISE(token->issuer.len > 0 && token->issuer.len <= 255, "an issuer");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        PROMISE(!json_member(token->header, orders[i]), "no orders in the header");
}

static void check_claims(const struct token *token)
{
    struct error err;
    if (token_check_claims(token, "house", "insula", NOW_MS, &err) != 0) {
        PROMISE(err.kind == ERROR_UNAUTHENTICATED, "a 401");
        return;
    }
    const struct json *exp = json_member(token->claims, "exp");
    const struct json *iat = json_member(token->claims, "iat");
    int64_t now = NOW_MS / 1000, until = json_integer(exp, 0), from = json_integer(iat, now);
    PROMISE(str_is(token->issuer, "house"), "the issuer");
    PROMISE(until > now - 60, "not expired");
    PROMISE(until - from <= 24 * 3600, "lives at most a day");
    PROMISE(memmem(token->claims->raw.at, token->claims->raw.len, "insula", 6) ||
                memchr(token->claims->raw.at, '\\', token->claims->raw.len),
            "the audience stands in it");
}

static void check_token(struct str text)
{
    struct token token;
    struct error err = { 0 };
    if (token_read(arena, text, &token, &err) != 0) {
        PROMISE(err.kind == ERROR_UNAUTHENTICATED && !strcmp(err.code, "invalid_token"),
                "all defects look alike");
        PROMISE(!strcmp(err.message, "The credential is not valid."), "to the client");
        return;
    }
    check_shape(&token, text);
    struct signature_key public = public_key(), secret = { .secret = SECRET };
    for (const char *const *name = signature_names; *name; name++) {
        PROMISE(token_verify(&token, *name, public, &err), "nobody has the private key");
        if (strcmp(*name, "HS256") != 0)
            PROMISE(token_verify(&token, *name, secret, &err), "a secret is no public key");
    }
    PROMISE(token_verify(&token, "HS256", (struct signature_key){ 0 }, &err), "no key, no entry");
    bool good = token_verify(&token, "HS256", secret, &err) == 0;
    PROMISE(!good || (is_signed(text) && str_is(token.alg, "HS256")), "signed by us, with HS256");
    check_claims(&token);
}

static struct str sign(struct str input)
{
    const char *zero = memchr(input.at, 0, input.len);
    size_t n = zero ? (size_t)(zero - input.at) : input.len;
    const char *header = arena_printf(arena, "%.*s", (int)n, input.at);
    struct str claims = zero ? (struct str){ zero + 1, input.len - n - 1 } : STR("");
    return craft_hs256(arena, SECRET, header, claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    bool genuine = take_byte(&input) & 1;
    if (size > 1 << 16)
        return 0;
    arena = arena_new(4 << 20);
    check_token(genuine ? sign(input) : input);
    arena_free(&arena);
    return 0;
}
