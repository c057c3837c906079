/* A key set yields the keys that may verify, whatever else stands in it; a broken one yields none.
 */
#include "auth/key_set.h"

#include "evp_key.h"
#include "json/read.h"
#include "bar.h"
#include "token_craft.h"

static struct arena *arena;
static struct error err;
static EVP_PKEY *rsa, *p256, *p384;
static struct str n, x, y, x384, y384;

/* In a template: N, X, Y stand for genuine numbers, U and V for those of P-384. */
static struct str fill(const char *template)
{
    struct text text = text_make(1 << 20);
    for (const char *at = template; *at; at++) {
        struct str piece = { at, 1 };
        if (*at == '$')
            switch (*++at) {
            case 'N':
                piece = n;
                break;
            case 'X':
                piece = x;
                break;
            case 'Y':
                piece = y;
                break;
            case 'U':
                piece = x384;
                break;
            default:
                piece = y384;
            }
        text_add(&text, piece);
    }
    struct str copy = arena_copy(arena, text_str(&text));
    text_free(&text);
    return copy;
}

static bool same_key(const struct public_key *key, EVP_PKEY *want)
{
    return EVP_PKEY_eq(key->evp, want) == 1;
}

static int parse(const char *template, struct key **keys, size_t *count)
{
    return key_set_parse(arena, fill(template), keys, count, &err);
}

#define RSA_OF(rest) "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"e\":\"AQAB\"," rest "}]}"
#define RSA_NE(n, e) "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":" n ",\"e\":" e "}]}"
#define EC_OF(rest)  "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\"," rest "}]}"

static void good_keys_are_found(void)
{
    struct key *keys;
    size_t count;
    ok(!parse(
           "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"use\":\"sig\",\"n\":\"$N\",\"e\":\"AQAB\","
           "\"alg\":\"RS384\",\"x5c\":[\"MII\"],\"x5t\":\"x\"},"
           "{\"kty\":\"EC\",\"kid\":\"b\",\"crv\":\"P-256\",\"x\":\"$X\",\"y\":\"$Y\",\"key_ops\":["
           "\"verify\"]},"
           "{\"kty\":\"EC\",\"kid\":\"c\",\"crv\":\"P-384\",\"x\":\"$U\",\"y\":\"$V\",\"alg\":"
           "\"ES384\"},"
           "{\"kty\":\"RSA\",\"kid\":\"d\",\"n\":\"$N\",\"e\":\"AQAB\"}],\"more\":1}",
           &keys, &count),
       "a set of four kinds is read");
    is_number(count, 4, "all four keys are in it");
    ok(same_key(keys[0].public, rsa), "the RSA key is the one given");
    ok(same_key(keys[1].public, p256), "the P-256 key is the one given");
    ok(same_key(keys[2].public, p384), "the P-384 key is the one given");
    ok(key_set_find(keys, count, STR("a"), STR("RS384")) == &keys[0],
       "a key with an alg serves that");
    ok(!key_set_find(keys, count, STR("a"), STR("RS256")), "and no other of its family");
    ok(key_set_find(keys, count, STR("b"), STR("ES256")) == &keys[1], "P-256 serves ES256");
    ok(!key_set_find(keys, count, STR("b"), STR("ES384")), "P-256 does not serve ES384");
    ok(!key_set_find(keys, count, STR("c"), STR("ES256")), "P-384 does not serve ES256");
    ok(!key_set_find(keys, count, STR("b"), STR("RS256")), "an EC key does not serve RS256");
    ok(key_set_find(keys, count, STR("d"), STR("RS512")) == &keys[3],
       "a key without alg serves its kind");
    ok(key_set_find(keys, count, STR("d"), STR("PS256")) == &keys[3], "PS256 among them");
    ok(!key_set_find(keys, count, STR("d"), STR("PS384")), "but no algorithm that we lack");
    ok(!key_set_find(keys, count, STR("d"), STR("HS256")), "no public key serves HS256");
    ok(!key_set_find(keys, count, STR("d"), STR("none")), "nor none");
    ok(!key_set_find(keys, count, STR("e"), STR("RS256")), "an unknown kid finds nothing");
    ok(!key_set_find(keys, count, STR("A"), STR("RS384")), "kids are compared as bytes");
    ok(!key_set_find(keys, count, (struct str){ 0 }, STR("RS256")),
       "an absent kid finds nothing among several");
}

static void one_key_needs_no_kid(void)
{
    struct key *keys;
    size_t count;
    ok(!parse("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"$N\",\"e\":\"AQAB\"}]}", &keys, &count),
       "a single key without kid is read");
    ok(key_set_find(keys, 1, (struct str){ 0 }, STR("RS256")) == keys, "and found without kid");
    ok(!key_set_find(keys, 1, STR("a"), STR("RS256")), "but not by a kid");
    ok(!parse("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"$N\",\"e\":\"AQAB\"},"
              "{\"kty\":\"RSA\",\"kid\":\"b\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
              &keys, &count) &&
           count == 2 && !key_set_find(keys, 2, (struct str){ 0 }, STR("RS256")),
       "a key without kid among several is nobody's");
    ok(!parse(RSA_OF("\"n\":\"$N\""), &keys, &count) &&
           !key_set_find(keys, 1, (struct str){ 0 }, STR("RS256")),
       "a single key with a kid is not found without one");
}

static void a_kid_twice_names_neither(void)
{
    struct key *keys;
    size_t count;
    const char *twice =
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"$N\",\"e\":\"AQAB\"},"
        "{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"$N\",\"e\":\"Aw\",\"alg\":\"RS384\"},"
        "{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"$X\",\"y\":\"$Y\"}]}";
    ok(!parse(twice, &keys, &count) && count == 3, "a set with one kid for three keys is read");
    ok(!key_set_find(keys, count, STR("a"), STR("RS384")),
       "of two keys for one algorithm neither is used");
    ok(key_set_find(keys, count, STR("a"), STR("RS256")) == &keys[0] &&
           key_set_find(keys, count, STR("a"), STR("ES256")) == &keys[2],
       "where the algorithm tells them apart, each is found");
}

static void unusable_keys_are_left_out(void)
{
    struct key *keys;
    size_t count;
    ok(!parse("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"h\",\"k\":\"AAAA\"},1,null,{},"
              "{\"kty\":\"RSA\",\"kid\":\"enc\",\"use\":\"enc\",\"n\":\"$N\",\"e\":\"AQAB\"},"
              "{\"kty\":\"OKP\",\"kid\":\"o\",\"crv\":\"Ed25519\",\"x\":\"$X\"},"
              "{\"kty\":\"RSA\",\"kid\":\"good\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
              &keys, &count),
       "a set with one usable key is read");
    ok(count == 1 && str_is(keys[0].kid, "good"), "only the usable key is in it");
}

static const char *const bad_sets[] = {
    "",
    "{",
    "[]",
    "null",
    "1",
    "\"keys\"",
    "{}",
    "{\"keys\":null}",
    "{\"keys\":{}}",
    "{\"keys\":[]}",
    "{\"keys\":[{}]}",
    "{\"keys\":\"a\"}",
    "{\"keys\":[[]]}",
    "{\"Keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    RSA_OF("\"n\":\"$N\"") "x",
    "{\"keys\":[],\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    RSA_OF("\"n\":\"$N\",\"kid\":\"b\""),
    RSA_OF("\"n\":\"$N\",\"use\":\"enc\""),
    RSA_OF("\"n\":\"$N\",\"use\":null"),
    RSA_OF("\"n\":\"$N\",\"use\":[\"sig\"]"),
    RSA_OF("\"n\":\"$N\",\"use\":\"SIG\""),
    RSA_OF("\"n\":\"$N\",\"key_ops\":[\"sign\"]"),
    RSA_OF("\"n\":\"$N\",\"key_ops\":\"verify\""),
    RSA_OF("\"n\":\"$N\",\"key_ops\":[]"),
    RSA_OF("\"n\":\"$N\",\"alg\":\"HS256\""),
    RSA_OF("\"n\":\"$N\",\"alg\":\"PS384\""),
    RSA_OF("\"n\":\"$N\",\"alg\":\"EdDSA\""),
    RSA_OF("\"n\":\"$N\",\"alg\":\"RSA-OAEP\""),
    RSA_OF("\"n\":\"$N\",\"alg\":\"none\""),
    RSA_OF("\"n\":\"$N\",\"alg\":\"rs256\""),
    RSA_OF("\"n\":\"$N\",\"alg\":null"),
    RSA_OF("\"n\":\"$N\",\"alg\":\"ES256\""),
    RSA_OF("\"n\":\"$N\",\"d\":\"AQAB\""),
    RSA_OF("\"n\":\"$N=\""),
    RSA_OF("\"n\":\"$N!\""),
    RSA_OF("\"n\":\"\""),
    RSA_OF("\"n\":null"),
    RSA_OF("\"n\":1"),
    RSA_OF("\"n\":\"AQAB\""),
    RSA_OF("\"n\":[\"$N\"]"),
    RSA_OF("\"m\":\"$N\""),
    RSA_NE("\"$N\"", "\"\""),
    RSA_NE("\"$N\"", "\"AQ\""),
    RSA_NE("\"$N\"", "\"Ag\""),
    RSA_NE("\"$N\"", "\"AQAA\""),
    RSA_NE("\"$N\"", "65537"),
    RSA_NE("\"$N\"", "\"AQAB=\""),
    RSA_NE("\"$N\"", "\"AQAAAAAB\""),
    RSA_NE("\"$N\"", "\"$N\""),
    RSA_NE("\"$N$N$N$N$N\"", "\"AQAB\""),
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":1,\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":null,\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"$N\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kty\":\"rsa\",\"kid\":\"a\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kid\":\"a\",\"n\":\"$N\",\"e\":\"AQAB\"}]}",
    EC_OF("\"crv\":\"P-256\",\"x\":\"$X\",\"y\":\"$X\""),
    EC_OF("\"crv\":\"P-384\",\"x\":\"$X\",\"y\":\"$Y\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"$U\",\"y\":\"$V\""),
    EC_OF("\"crv\":\"p-256\",\"x\":\"$X\",\"y\":\"$Y\""),
    EC_OF("\"crv\":\"secp256k1\",\"x\":\"$X\",\"y\":\"$Y\""),
    EC_OF("\"crv\":\"P-521\",\"x\":\"$X\",\"y\":\"$Y\""),
    EC_OF("\"x\":\"$X\",\"y\":\"$Y\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"$X\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"\",\"y\":\"\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"$X\",\"y\":\"$Y\",\"alg\":\"ES384\""),
    EC_OF("\"crv\":\"P-256\",\"x\":\"$X\",\"y\":\"$Y\",\"d\":\"$X\""),
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\",\"alg\":\"HS256\"}]}",
};

static void bad_sets_are_refused(void)
{
    int refused = 0, all = sizeof bad_sets / sizeof *bad_sets;
    for (int i = 0; i < all; i++) {
        struct key *keys = NULL;
        size_t count = 0;
        int status = parse(bad_sets[i], &keys, &count);
        bool good = status && !keys && !strcmp(err.code, "bad_key_set");
        ok(good, "no key is taken from %.100s", bad_sets[i]);
        refused += good;
    }
    bar("B8", "no key is taken from a bad key set", refused, all);
}

static void sets_have_limits(void)
{
    struct text many = text_make(8 << 20);
    struct key *keys;
    size_t count;
    text_add_c(&many, "{\"keys\":[");
    for (int i = 0; i < 51; i++)
        text_addf(&many, "%s{\"kty\":\"RSA\",\"kid\":\"%d\",\"n\":\"%.*s\",\"e\":\"AQAB\"}",
                  i ? "," : "", i, STR_ARGS(n));
    size_t fifty = many.len - (size_t)(many.at + many.len - strrchr(many.at, '{')) - 1;
    struct str allowed = str_of(arena_printf(arena, "%.*s]}", (int)fifty, many.at));
    text_add_c(&many, "]}");
    ok(!key_set_parse(arena, allowed, &keys, &count, &err) && count == 50, "50 keys are read");
    ok(key_set_parse(arena, text_str(&many), &keys, &count, &err), "51 keys are refused");
    text_clear(&many);
    struct str good = fill(RSA_OF("\"n\":\"$N\""));
    text_add(&many, good);
    while (many.len < (256 << 10))
        text_add_c(&many, " ");
    ok(!key_set_parse(arena, text_str(&many), &keys, &count, &err), "256 KiB are read");
    text_add_c(&many, " ");
    ok(key_set_parse(arena, text_str(&many), &keys, &count, &err), "a byte more is refused");
    text_clear(&many);
    text_add_c(&many, "{\"a\":[1");
    while (many.len < (200 << 10))
        text_add_c(&many, ",1");
    text_addf(&many, "],%.*s", STR_ARGS(good));
    ok(key_set_parse(arena, text_str(&many), &keys, &count, &err), "100,000 values are refused");
    text_free(&many);
}

int main(void)
{
    arena = arena_new((size_t)64 << 20);
    rsa = craft_rsa(2048);
    p256 = craft_ec("P-256");
    p384 = craft_ec("P-384");
    n = craft_number(arena, rsa, "n", 0);
    x = craft_number(arena, p256, "qx", 32);
    y = craft_number(arena, p256, "qy", 32);
    x384 = craft_number(arena, p384, "qx", 48);
    y384 = craft_number(arena, p384, "qy", 48);
    good_keys_are_found();
    one_key_needs_no_kid();
    a_kid_twice_names_neither();
    unusable_keys_are_left_out();
    bad_sets_are_refused();
    sets_have_limits();
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
    arena_free(&arena);
    return done();
}
