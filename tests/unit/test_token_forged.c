/* Forged signatures, confused keys and broken encodings: every one is refused, whatever a
 * library would say of it. Each is made from a token that is accepted as it stands. */
#include "auth/key_set.h"
#include "auth/token.h"

#include "bar.h"
#include "token_craft.h"

#include <openssl/x509.h>

#define NOW    INT64_C(1800000000)
#define SECRET STR("0123456789abcdef0123456789abcdef")
#define OURS   craft_secret(SECRET) /* as our record holds it */
#define CLAIMS STR("{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\",\"exp\":1800000600}")
#define ROOT   STR("{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"root\",\"exp\":1800000600}")

static struct arena *arena;
static EVP_PKEY *rsa, *other, *p256, *p384;
static struct str rs, es, hs; /* genuine */
static int hostile, accepted;

static int check(struct str text, const char *alg, struct signature_key key)
{
    struct token token;
    struct error err;
    return token_read(arena, text, &token, &err) || token_verify(&token, alg, key, &err) ||
                   token_check_claims(&token, "i", "a", NOW * 1000, &err)
               ? -1
               : 0;
}

static void refuse(struct str text, const char *alg, struct signature_key key, const char *name)
{
    int status = check(text, alg, key);
    hostile++;
    accepted += status == 0;
    ok(status, "refused: %s %s", alg, name);
}

static struct str swap(struct str text, size_t at, char by)
{
    struct str copy = arena_copy(arena, text);
    ((char *)(uintptr_t)copy.at)[at] = by;
    return copy;
}

/* @ stands for a, # for b. */
static struct str text_of(const char *format, struct str a, struct str b)
{
    struct text text = text_make((size_t)16 << 20);
    for (const char *at = format; *at; at++)
        text_add(&text, *at == '@' ? a : *at == '#' ? b : (struct str){ at, 1 });
    struct str copy = arena_copy(arena, text_str(&text));
    text_free(&text);
    return copy;
}

static struct str part(struct str token, int which)
{
    for (; which > 0; which--) {
        const char *dot = memchr(token.at, '.', token.len);
        token.len -= (size_t)(dot + 1 - token.at);
        token.at = dot + 1;
    }
    const char *end = memchr(token.at, '.', token.len);
    return (struct str){ token.at, end ? (size_t)(end - token.at) : token.len };
}

/* ---- the signature's bytes ---- */

static void flipped(struct str token, const char *alg, struct signature_key key)
{
    struct str signature = part(token, 2);
    size_t start = token.len - signature.len;
    for (int i = 0; i < 16; i++) {
        size_t at = start + (size_t)i * (signature.len - 2) / 16;
        char name[40];
        snprintf(name, sizeof name, "with character %zu changed", at);
        refuse(swap(token, at, token.at[at] == 'A' ? 'B' : 'A'), alg, key, name);
    }
    refuse((struct str){ token.at, token.len - 4 }, alg, key, "with a shorter signature");
    refuse(text_of("@#", token, STR("AAAA")), alg, key, "with a longer signature");
    refuse(text_of("@#", token, signature), alg, key, "with its signature twice");
    refuse(text_of("#", token, part(token, 2)), alg, key, "that is only a signature");
}

static void forged(struct str token, EVP_PKEY *key, const char *alg)
{
    char header[64], zero[512] = { 0 };
    struct signature_key pub = craft_public(arena, key);
    size_t len = part(token, 2).len * 3 / 4;
    snprintf(header, sizeof header, "{\"alg\":\"%s\"}", alg);
    struct str input = craft_input(arena, header, ROOT);
    refuse(craft_join(arena, input, (struct str){ zero, len }), alg, pub, "signed with zeros");
    memset(zero, 0xff, sizeof zero);
    refuse(craft_join(arena, input, (struct str){ zero, len }), alg, pub, "signed with ones");
    refuse(text_of("@.#", input, part(token, 2)), alg, pub, "with another token's signature");
    refuse(craft_join(arena, input, STR("\1")), alg, pub, "with a signature of one byte");
    flipped(token, alg, pub);
}

static void curve_confusion(void)
{
    const char *header = "{\"alg\":\"ES256\"}";
    struct signature_key small = craft_public(arena, p256), large = craft_public(arena, p384);
    struct str input = craft_input(arena, header, CLAIMS), zero = { (char[32]){ 0 }, 32 };
    struct str raw = craft_signature(arena, p256, "ES256", input), n;
    struct str r = { raw.at, 32 }, s = { raw.at + 32, 32 };
    base64url_decode(arena, STR("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE"), &n);
    const struct {
        const char *name;
        struct str r, s;
    } rows[] = {
        { "with r and s swapped", s, r }, { "with r = 0", zero, s }, { "with s = 0", r, zero },
        { "with r = s = 0", zero, zero }, { "with r = n", n, s },    { "with s = n", r, n },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refuse(craft_join(arena, input, text_of("@#", rows[i].r, rows[i].s)), "ES256", small,
               rows[i].name);
    refuse(craft_join(arena, input, text_of("@#", raw, STR("s"))), "ES256", small,
           "with a byte behind s");
    refuse(craft_join(arena, input, craft_signature(arena, p256, "ES256-DER", input)), "ES256",
           small, "with a signature in DER");
    refuse(craft_join(arena, input, craft_signature(arena, p384, "ES256", input)), "ES256", large,
           "made and checked with P-384");
    refuse(es, "ES256", large, "checked with another curve's key");
    refuse(es, "ES256", craft_public(arena, rsa), "checked with an RSA key");
    refuse(rs, "RS256", small, "checked with an EC key");
    refuse(es, "ES384", large, "where the record says another");
}

static void rsa_confusion(void)
{
    static const char *const wrong[] = { "RS384", "RS512", "PS256", "rs256", "RS2560",
                                         "PS384", "EdDSA", "none",  "" };
    static const char *const made[] = { "RS384", "RS512", "PS256" };
    struct signature_key key = craft_public(arena, rsa);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *header = arena_printf(arena, "{\"alg\":\"%s\"}", wrong[i]);
        refuse(rs, wrong[i], key, "where the record says another");
        refuse(craft_token(arena, rsa, "RS256", header, CLAIMS), wrong[i], key,
               "signed with RS256, whatever token and record say");
    }
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        refuse(craft_token(arena, rsa, made[i], "{\"alg\":\"RS256\"}", CLAIMS), "RS256", key,
               "signed with another scheme than it says");
    refuse(craft_token(arena, other, "RS256", "{\"alg\":\"RS256\"}", CLAIMS), "RS256", key,
           "signed with a stranger's key");
    refuse(craft_token(arena, other, "PS256", "{\"alg\":\"PS256\"}", CLAIMS), "PS256", key,
           "signed with a stranger's key");
    EVP_PKEY *weak = craft_rsa(1024);
    refuse(craft_token(arena, weak, "RS256", "{\"alg\":\"RS256\"}", CLAIMS), "RS256",
           craft_public(arena, weak), "with a key of 1,024 bits");
    EVP_PKEY_free(weak);
}

/* ---- HS256 with what everybody knows ---- */

static void hmac_confusion(void)
{
    const char *header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    struct str pem = craft_pem(arena, rsa), n = craft_number(arena, rsa, "n", 0), modulus;
    unsigned char *der = NULL;
    int der_len = i2d_PUBKEY(rsa, &der);
    base64url_decode(arena, n, &modulus);
    struct str jwk =
        str_of(arena_printf(arena, "{\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"AQAB\"}", STR_ARGS(n)));
    const struct {
        const char *name;
        struct str secret;
    } rows[] = {
        { "the PEM", pem },
        { "the PEM without its last newline", { pem.at, pem.len - 1 } },
        { "the PEM with a NUL behind it", { pem.at, pem.len + 1 } },
        { "the DER", { (char *)der, (size_t)der_len } },
        { "the JWK", jwk },
        { "the modulus", modulus },
        { "the modulus as text", n },
        { "an empty secret", STR("") },
        { "a zero byte", { "\0", 1 } },
        { "the kid", STR("k1") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str token = craft_hs256(arena, rows[i].secret, header, ROOT);
        refuse(token, "RS256", craft_public(arena, rsa), rows[i].name);
        refuse(token, "ES256", craft_public(arena, p256), rows[i].name);
        refuse(token, "HS256", OURS, rows[i].name);
    }
    struct signature_key both = { SECRET, craft_public(arena, rsa).public };
    refuse(craft_hs256(arena, pem, header, ROOT), "HS256", craft_secret(pem),
           "where the record's secret is a PEM");
    refuse(craft_hs256(arena, pem, "{\"alg\":\"RS256\"}", ROOT), "RS256", craft_public(arena, rsa),
           "the PEM, and lies");
    refuse(hs, "HS256", both, "where the record has a public key too");
    refuse(rs, "RS256", both, "where the record has a secret too");
    refuse(hs, "HS256", craft_public(arena, rsa), "where the record has a public key instead");
    refuse(rs, "RS256", OURS, "where the record has a secret instead");
    OPENSSL_free(der);
}

static void no_key(void)
{
    struct signature_key none = { 0 }, empty = craft_secret(STR(""));
    struct str unsigned_input = craft_input(arena, "{\"alg\":\"none\"}", ROOT);
    struct str short_secret = { SECRET.at, SIGNATURE_SECRET_MIN_BYTES - 1 };
    refuse(hs, "HS256", none, "with an absent key");
    refuse(hs, "HS256", empty, "with an empty key");
    refuse(rs, "RS256", none, "with an absent key");
    refuse(rs, "RS256", empty, "with an empty key");
    refuse(rs, "RS256", craft_secret(craft_pem(arena, rsa)), "with a key in PEM");
    refuse(craft_hs256(arena, STR(""), "{\"alg\":\"HS256\"}", ROOT), "HS256", empty,
           "empty, keyless");
    refuse(craft_hs256(arena, short_secret, "{\"alg\":\"HS256\"}", ROOT), "HS256",
           craft_secret(short_secret), "under a secret of 31 bytes");
    refuse(text_of("@.", unsigned_input, STR("")), "HS256", OURS, "unsigned");
    refuse(text_of("@.", unsigned_input, STR("")), "none", none, "unsigned, keyless");
    refuse(text_of("@.#", unsigned_input, STR("AAAA")), "none", none, "unsigned with a signature");
    refuse(text_of("@.#", unsigned_input, part(rs, 2)), "RS256", craft_public(arena, rsa),
           "unsigned");
}

/* ---- the text ---- */

static void encodings(struct signature_key key)
{
    struct str h = part(hs, 0), c = part(hs, 1), s = part(hs, 2), nine;
    struct str body = (struct str){ hs.at, hs.len - s.len };
    struct text big = text_make((size_t)16 << 20);
    struct token token;
    struct error err;
    while (big.len < (size_t)9 << 20)
        text_add_c(&big, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    nine = text_str(&big);
    const struct {
        const char *name;
        struct str text;
    } rows[] = {
        { "absent", { 0 } },
        { "empty", STR("") },
        { "one dot", STR(".") },
        { "two dots", STR("..") },
        { "of one part", h },
        { "of two parts", text_of("@.#", h, c) },
        { "of four parts", text_of("@.#", hs, s) },
        { "of four parts, the last empty", text_of("@.", hs, s) },
        { "of five parts", text_of("@.#.#", hs, s) },
        { "with an empty header", text_of(".@.#", c, s) },
        { "with empty claims", text_of("@..#", h, s) },
        { "without a signature", body },
        { "with a dot before it", text_of(".@", hs, s) },
        { "with padding behind it", text_of("@=", hs, s) },
        { "with more padding", text_of("@====", hs, s) },
        { "with junk behind it", text_of("@!!!!", hs, s) },
        { "with junk before the signature", text_of("@!!!!#", body, s) },
        { "with a blank behind it", text_of("@ ", hs, s) },
        { "with a blank before it", text_of(" @", hs, s) },
        { "with a newline behind it", text_of("@\n", hs, s) },
        { "with a newline within", text_of("@\n#", body, s) },
        { "with a NUL behind it", { text_of("@", hs, s).at, hs.len + 1 } },
        { "in standard base64", text_of("@+/#", body, s) },
        { "with spare bits set", swap(hs, hs.len - 1, (char)(hs.at[hs.len - 1] + 1)) },
        { "with a high byte", swap(hs, hs.len - 3, (char)0xc3) },
        { "with quotes", text_of("\"@\"", hs, s) },
        { "behind the word Bearer", text_of("Bearer @", hs, s) },
        { "with its parts in another order", text_of("#.@", hs, STR("x")) },
        { "with a signature of 9 MB", text_of("@#", body, nine) },
        { "with a header of 9 MB", text_of("#.@", hs, nine) },
        { "of 9 MB without a dot", nine },
        { "with a signature of 8 KiB", text_of("@#", body, (struct str){ nine.at, 8192 }) },
        { "one character too long for base64", text_of("@AA", hs, s) },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuse(rows[i].text, "HS256", key, rows[i].name);
        ok(token_read(arena, rows[i].text, &token, &err), "and by the gate already");
    }
    text_free(&big);
}

/* Well signed, and as long as the gate allows, or a byte longer. */
static void the_longest_token(void)
{
    char pad[8192];
    struct str token;
    memset(pad, 'x', sizeof pad);
    for (int length = 8192; length <= 8193; length++) {
        int header = length == 8192 ? 3 : 4; /* blanks: shifts the length by single characters */
        int n = 8192;
        do {
            struct str claims = str_of(arena_printf(
                arena, "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000600,\"x\":\"%.*s\"}", n--,
                pad));
            token = craft_hs256(arena, SECRET,
                                arena_printf(arena, "{\"alg\":\"HS256\"%*s}", header, ""), claims);
        } while (token.len > (size_t)length);
        if (length == 8192)
            ok(token.len == 8192 && !check(token, "HS256", OURS), "a token of 8 KiB is accepted");
        else
            ok(token.len == 8193 && check(token, "HS256", OURS), "one byte more is refused");
    }
}

int main(void)
{
    arena = arena_new((size_t)512 << 20);
    rsa = craft_rsa(2048);
    other = craft_rsa(2048);
    p256 = craft_ec("P-256");
    p384 = craft_ec("P-384");
    rs = craft_token(arena, rsa, "RS256", "{\"alg\":\"RS256\"}", CLAIMS);
    es = craft_token(arena, p256, "ES256", "{\"alg\":\"ES256\"}", CLAIMS);
    hs = craft_hs256(arena, SECRET, "{\"alg\":\"HS256\"}", CLAIMS);
    ok(!check(rs, "RS256", craft_public(arena, rsa)), "the RS256 token is genuine");
    ok(!check(es, "ES256", craft_public(arena, p256)), "the ES256 token is genuine");
    ok(!check(hs, "HS256", OURS), "the HS256 token is genuine");
    forged(rs, rsa, "RS256");
    forged(es, p256, "ES256");
    flipped(hs, "HS256", OURS);
    struct str ps = craft_token(arena, rsa, "PS256", "{\"alg\":\"PS256\"}", CLAIMS);
    ok(!check(ps, "PS256", craft_public(arena, rsa)), "a PS256 token is genuine");
    forged(ps, rsa, "PS256");
    curve_confusion();
    rsa_confusion();
    hmac_confusion();
    no_key();
    encodings(OURS);
    the_longest_token();
    bar("B7", "forged and broken tokens are refused", hostile - accepted, hostile);
    EVP_PKEY *all[] = { rsa, other, p256, p384 };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        EVP_PKEY_free(all[i]);
    arena_free(&arena);
    return done();
}
