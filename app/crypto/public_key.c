/* Makes keys of a JWK's numbers, for verifying the tokens of identity providers. OpenSSL builds
 * keys that no one should trust (e = 1, 512 bits, the point at infinity), so they are looked at
 * first.
 */
#include "evp_key.h"
#include "openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#define MODULUS_MIN_BITS   2048
#define MODULUS_MAX_BITS   8192
#define EXPONENT_MAX_BITS  32
#define POINT_MAX_BYTES    (1 + 2 * 48)
#define POINT_UNCOMPRESSED 4

static int bad_key(struct error *err, const char *why)
{
    ERR_clear_error();
    return fail(err, ERROR_BAD_REQUEST, "bad_key", "the public key %s", why);
}

static struct str strip_zeros(struct str number)
{
    while (number.len && number.at[0] == 0) {
        number.at++;
        number.len--;
    }
    return number;
}

static int bits_of(struct str stripped)
{
    if (!stripped.len)
        return 0;
    int bits = 8 * ((int)stripped.len - 1);
    for (unsigned char top = (unsigned char)stripped.at[0]; top; top >>= 1)
        bits++;
    return bits;
}

static bool is_odd(struct str number)
{
    return number.len && (number.at[number.len - 1] & 1);
}

static int check_rsa(struct str n, struct str e, struct error *err)
{
    if (n.len > MODULUS_MAX_BITS / 8)
        return bad_key(err, "has a modulus over 8192 bits");
    if (bits_of(n) < MODULUS_MIN_BITS)
        return bad_key(err, "has a modulus under 2048 bits");
    if (!is_odd(n))
        return bad_key(err, "has an even modulus");
    if (e.len > EXPONENT_MAX_BITS / 8)
        return bad_key(err, "has an exponent over 2^32");
    if (!is_odd(e) || bits_of(e) < 2)
        return bad_key(err, "has an exponent that is even or 1");
    return 0;
}

/* NULL when OpenSSL will not have them. */
static EVP_PKEY *build(const char *algorithm, OSSL_PARAM *parameters)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    openssl_must(context && EVP_PKEY_fromdata_init(context) > 0, "EVP_PKEY_fromdata_init");
    if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

static bool passes_openssl(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    openssl_must(context, "EVP_PKEY_CTX_new_from_pkey");
    bool good = EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

static void let_go(void *evp)
{
    EVP_PKEY_free(evp);
}

/* Takes the OpenSSL key. */
static const struct public_key *keep(struct arena *arena, enum public_key_kind kind, EVP_PKEY *evp)
{
    struct public_key *key = arena_new_of(arena, struct public_key);
    *key = (struct public_key){ kind, evp };
    arena_defer(arena, let_go, evp);
    return key;
}

/* Takes the OpenSSL key, or its absence. */
static int give(struct arena *arena, enum public_key_kind kind, EVP_PKEY *evp,
                const struct public_key **out, struct error *err)
{
    if (!evp || !passes_openssl(evp)) {
        EVP_PKEY_free(evp);
        return bad_key(err, "is refused by OpenSSL's check");
    }
    *out = keep(arena, kind, evp);
    return 0;
}

const struct public_key *public_key_share(const struct public_key *key, struct arena *arena)
{
    openssl_must(EVP_PKEY_up_ref(key->evp), "EVP_PKEY_up_ref");
    return keep(arena, key->kind, key->evp);
}

enum public_key_kind public_key_kind(const struct public_key *key)
{
    return key->kind;
}

static BIGNUM *number_of(struct str bytes)
{
    BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);
    openssl_must(number, "BN_bin2bn");
    return number;
}

int public_key_rsa(struct arena *arena, struct str modulus, struct str exponent,
                   const struct public_key **out, struct error *err)
{
    modulus = strip_zeros(modulus);
    exponent = strip_zeros(exponent);
    if (check_rsa(modulus, exponent, err) < 0)
        return -1;
    BIGNUM *n = number_of(modulus), *e = number_of(exponent);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    openssl_must(builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
                     OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e),
                 "OSSL_PARAM_BLD_push_BN");
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    openssl_must(parameters, "OSSL_PARAM_BLD_to_param");
    EVP_PKEY *key = build("RSA", parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return give(arena, PUBLIC_KEY_RSA, key, out, err);
}

static size_t coordinate_bytes(const char *curve)
{
    if (strcmp(curve, "P-256") == 0)
        return 32;
    return strcmp(curve, "P-384") == 0 ? 48 : 0;
}

int public_key_ec(struct arena *arena, const char *curve, struct str x, struct str y,
                  const struct public_key **out, struct error *err)
{
    size_t size = coordinate_bytes(curve);
    if (!size)
        return bad_key(err, "is on a curve other than P-256 and P-384");
    if (x.len != size || y.len != size)
        return bad_key(err, "has a coordinate of another size than its curve's");
    unsigned char point[POINT_MAX_BYTES] = { POINT_UNCOMPRESSED };
    memcpy(point + 1, x.at, size);
    memcpy(point + 1 + size, y.at, size);
    char name[] = "P-384";
    memcpy(name, curve, sizeof name);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size),
        OSSL_PARAM_construct_end(),
    };
    enum public_key_kind kind = size == 32 ? PUBLIC_KEY_P256 : PUBLIC_KEY_P384;
    return give(arena, kind, build("EC", parameters), out, err);
}
