/* crypto/public_key.h: which keys of identity providers are trusted. */
#include "crypto/random.h"
#include "evp_key.h"

#include "tap.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static struct arena *arena;
static const struct str E65537 = { "\1\0\1", 3 };

static struct str number_of(const EVP_PKEY *key, const char *name, size_t pad)
{
    BIGNUM *number = NULL;
    EVP_PKEY_get_bn_param(key, name, &number);
    size_t len = pad ? pad : (size_t)BN_num_bytes(number);
    unsigned char *bytes = arena_alloc(arena, len);
    BN_bn2binpad(number, bytes, (int)len);
    BN_free(number);
    return (struct str){ (char *)bytes, len };
}

static bool is_key(const struct public_key *key, const EVP_PKEY *want)
{
    return EVP_PKEY_eq(key->evp, want) == 1;
}

static bool is_bad(int result, const struct public_key *key, const struct error *err)
{
    return result == -1 && !key && err->kind == ERROR_BAD_REQUEST &&
           !strcmp(err->code, "bad_key") && ERR_peek_error() == 0;
}

static bool refuses_rsa(struct str n, struct str e)
{
    const struct public_key *key = NULL;
    struct error err = { 0 };
    return is_bad(public_key_rsa(arena, n, e, &key, &err), key, &err);
}

static bool refuses_ec(const char *curve, struct str x, struct str y)
{
    const struct public_key *key = NULL;
    struct error err = { 0 };
    return is_bad(public_key_ec(arena, curve, x, y, &key, &err), key, &err);
}

/* Sharing outlives the arena that the key was made in. */
static void a_shared_key_lives_on(EVP_PKEY *want)
{
    struct arena *first = arena_new(1 << 20), *second = arena_new(1 << 20);
    const struct public_key *key;
    struct error err;
    ok(!public_key_rsa(first, number_of(want, OSSL_PKEY_PARAM_RSA_N, 0), E65537, &key, &err),
       "a key is made in one arena");
    const struct public_key *shared = public_key_share(key, second);
    arena_free(&first);
    ok(is_key(shared, want) && public_key_kind(shared) == PUBLIC_KEY_RSA, "and shared by another");
    arena_free(&second);
}

static void good_rsa_keys_are_taken(EVP_PKEY *key)
{
    struct str n = number_of(key, OSSL_PKEY_PARAM_RSA_N, 0);
    const struct public_key *made;
    struct error err;
    ok(public_key_rsa(arena, n, E65537, &made, &err) == 0 && is_key(made, key),
       "a 2048-bit key is taken");
    struct str padded = number_of(key, OSSL_PKEY_PARAM_RSA_N, n.len + 3);
    ok(public_key_rsa(arena, padded, STR("\0\1\0\1"), &made, &err) == 0 && is_key(made, key),
       "leading zeros do no harm");
    ok(public_key_rsa(arena, n, STR("\3"), &made, &err) == 0, "e = 3 is taken");
    ok(public_key_rsa(arena, n, STR("\xff\xff\xff\xff"), &made, &err) == 0, "e = 2^32 - 1 too");
}

static void bad_exponents_are_refused(struct str n)
{
    const struct str bad[] = { { "", 0 },           { "\0", 1 },
                               { "\1", 1 },         { "\0\0\1", 3 },
                               { "\2", 1 },         { "\1\0\0", 3 },
                               { "\4\0\2", 3 },     { "\1\0\0\0\0", 5 },
                               { "\1\0\0\0\1", 5 }, { "\1\0\0\0\0\0\0\0\1", 9 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(refuses_rsa(n, bad[i]), "exponent %zu is refused", i);
    ok(refuses_rsa(n, n), "an exponent as large as the modulus is refused");
}

/* A number of so many bits that public_key_rsa takes, or nothing within many tries: an odd number
 * without small factors. Nobody knows its factors, and nobody need. */
static bool takes_modulus_of(int bits)
{
    static unsigned char n[8192];
    size_t len = ((size_t)bits + 7) / 8;
    for (int i = 0; i < 400; i++) {
        const struct public_key *made;
        struct error err;
        random_bytes(n, len);
        n[0] = (unsigned char)(n[0] | 0x80) >> (len * 8 - (size_t)bits);
        n[len - 1] |= 1;
        if (public_key_rsa(arena, (struct str){ (char *)n, len }, E65537, &made, &err) == 0)
            return true;
    }
    return false;
}

static void bad_moduli_are_refused(struct str n)
{
    char even[256];
    char ones[256];
    memcpy(even, n.at, sizeof even);
    even[255] = (char)(even[255] & ~1);
    memset(ones, 0xff, sizeof ones);
    ok(refuses_rsa((struct str){ even, 256 }, E65537), "an even modulus is refused");
    ok(refuses_rsa((struct str){ 0 }, E65537), "no modulus is refused");
    ok(refuses_rsa((struct str){ ones, 256 }, E65537), "2^2048 - 1, which 3 divides, is refused");
    EVP_PKEY *small = EVP_RSA_gen(512), *shorter = EVP_RSA_gen(1024);
    ok(refuses_rsa(number_of(small, OSSL_PKEY_PARAM_RSA_N, 0), E65537), "512 bits are refused");
    ok(refuses_rsa(number_of(small, OSSL_PKEY_PARAM_RSA_N, 256), E65537), "… padded too");
    ok(refuses_rsa(number_of(shorter, OSSL_PKEY_PARAM_RSA_N, 0), E65537), "1,024 are refused");
    EVP_PKEY_free(small);
    EVP_PKEY_free(shorter);
    ok(!takes_modulus_of(2047), "2,047 bits are refused");
    ok(takes_modulus_of(8192), "8,192 bits are taken");
    ok(!takes_modulus_of(8193), "8,193 are refused");
    ok(!takes_modulus_of(65536), "65,536 are refused");

    BIGNUM *prime = BN_new();
    BN_generate_prime_ex(prime, 2048, 0, NULL, NULL, NULL);
    BN_bn2binpad(prime, (unsigned char *)even, 256);
    BN_free(prime);
    ok(refuses_rsa((struct str){ even, 256 }, E65537), "a prime modulus is refused");
}

static void elliptic(const char *curve, size_t size, const char *other)
{
    EVP_PKEY *key = EVP_EC_gen(curve);
    struct str x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, size);
    const struct public_key *made;
    struct str y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, size);
    struct error err;
    ok(public_key_ec(arena, curve, x, y, &made, &err) == 0 && is_key(made, key),
       "a key on %s is taken", curve);
    char bent[48], zero[48] = { 0 }, ones[48], longer[49] = { 0 };
    memcpy(bent, y.at, size);
    memset(ones, 0xff, sizeof ones);
    memcpy(longer + 1, x.at, size);
    bent[size - 1] ^= 1;
    struct str none = { zero, size }, all = { ones, size };
    ok(refuses_ec(curve, x, (struct str){ bent, size }), "a point off the curve is refused");
    ok(refuses_ec(curve, y, x), "swapped coordinates are refused");
    ok(refuses_ec(curve, none, none), "(0, 0) is refused");
    ok(refuses_ec(curve, all, y) && refuses_ec(curve, x, all), "so is what the field has not");
    ok(refuses_ec(curve, (struct str){ x.at, size - 1 }, y), "a short x is refused");
    ok(refuses_ec(curve, x, (struct str){ y.at, size - 1 }), "a short y is refused");
    ok(refuses_ec(curve, (struct str){ longer, size + 1 }, y), "a padded x is refused");
    ok(refuses_ec(curve, (struct str){ 0 }, (struct str){ 0 }), "infinity is refused");
    ok(refuses_ec(other, x, y), "a point of %s is refused on %s", curve, other);
    const char *const strange[] = { "", "P-521", "secp256k1", "p-256", "P-256 ", "prime256v1" };
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        ok(refuses_ec(strange[i], x, y), "the curve \"%s\" is refused", strange[i]);
    EVP_PKEY_free(key);
}

/* RFC 7515 appendix A.3: a published key. */
static void a_published_key_is_taken(void)
{
    static const unsigned char x[32] = { 127, 205, 206, 39,  112, 246, 196, 93,  65, 131, 203,
                                         238, 111, 219, 75,  123, 88,  7,   51,  53, 123, 233,
                                         239, 19,  186, 207, 110, 60,  123, 209, 84, 69 };
    static const unsigned char y[32] = { 199, 241, 68,  205, 27,  189, 155, 126, 135, 44,  223,
                                         237, 185, 238, 185, 244, 179, 105, 93,  110, 169, 11,
                                         36,  173, 138, 70,  35,  40,  133, 136, 229, 173 };
    const struct public_key *made;
    struct error err;
    ok(public_key_ec(arena, "P-256", (struct str){ (const char *)x, 32 },
                     (struct str){ (const char *)y, 32 }, &made, &err) == 0,
       "RFC 7515's key is taken");
}

int main(void)
{
    arena = arena_new(16 << 20);
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    struct str n = number_of(rsa, OSSL_PKEY_PARAM_RSA_N, 0);
    good_rsa_keys_are_taken(rsa);
    a_shared_key_lives_on(rsa);
    bad_exponents_are_refused(n);
    bad_moduli_are_refused(n);
    elliptic("P-256", 32, "P-384");
    elliptic("P-384", 48, "P-256");
    a_published_key_is_taken();
    EVP_PKEY_free(rsa);
    arena_free(&arena);
    return done();
}
