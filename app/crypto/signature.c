/* Checks signatures with OpenSSL's EVP, for the tokens of people. See the header for the
 * algorithms. */
#include "crypto/signature.h"

#include "crypto/digest.h"
#include "evp_key.h"
#include "openssl.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static const struct algorithm {
    const char *name, *digest; /* digest NULL: HMAC */
    enum public_key_kind kind;
    bool is_pss;
    int half_bytes; /* of an ECDSA signature; 0: RSA */
} known[] = {
    { "HS256", NULL, 0, false, 0 },
    { "RS256", "SHA256", PUBLIC_KEY_RSA, false, 0 },
    { "RS384", "SHA384", PUBLIC_KEY_RSA, false, 0 },
    { "RS512", "SHA512", PUBLIC_KEY_RSA, false, 0 },
    { "PS256", "SHA256", PUBLIC_KEY_RSA, true, 0 },
    { "ES256", "SHA256", PUBLIC_KEY_P256, false, 32 },
    { "ES384", "SHA384", PUBLIC_KEY_P384, false, 48 },
};
const char *const signature_names[] = { "HS256", "RS256", "RS384", "RS512",
                                        "PS256", "ES256", "ES384", NULL };

static const struct algorithm *find(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name))
            return &known[i];
    return NULL;
}

bool signature_fits(const char *name, const struct public_key *key)
{
    const struct algorithm *algorithm = find(name);
    return algorithm && algorithm->digest && algorithm->kind == key->kind;
}

bool signature_is_secret(struct str secret)
{
    return secret.at && secret.len >= SIGNATURE_SECRET_MIN_BYTES &&
           !memmem(secret.at, secret.len, "-----BEGIN ", 11);
}

static bool is_hmac(struct str secret, struct str message, struct str signature)
{
    unsigned char mac[DIGEST_BYTES];
    digest_keyed(secret, message, mac);
    bool same = signature.len == sizeof mac && same_bytes(mac, signature.at, sizeof mac);
    wipe(mac, sizeof mac);
    return same;
}

/* r and s side by side, as JWTs have them, to the DER that OpenSSL takes; free it. 0: out of range.
 */
static int der_of(struct str pair, unsigned char **der)
{
    const unsigned char *bytes = (const unsigned char *)pair.at;
    int half = (int)(pair.len / 2);
    BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
    ECDSA_SIG *both = ECDSA_SIG_new();
    openssl_must(r && s && both && ECDSA_SIG_set0(both, r, s), "ECDSA_SIG"); /* takes r and s */
    int n = BN_is_zero(r) || BN_is_zero(s) ? 0 : i2d_ECDSA_SIG(both, der);
    ECDSA_SIG_free(both);
    return n;
}

static void begin(EVP_MD_CTX *context, const struct algorithm *algorithm, EVP_PKEY *key)
{
    EVP_PKEY_CTX *settings;
    openssl_must(
        EVP_DigestVerifyInit_ex(context, &settings, algorithm->digest, NULL, NULL, key, NULL) > 0,
        "EVP_DigestVerifyInit_ex");
    if (algorithm->is_pss)
        openssl_must(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0 &&
                         EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) > 0,
                     "PSS");
}

static bool is_signed(const struct algorithm *algorithm, EVP_PKEY *key, struct str message,
                      struct str signature)
{
    unsigned char *der = NULL;
    if (algorithm->half_bytes)
        signature.len = (size_t)der_of(signature, &der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    openssl_must(context, "EVP_MD_CTX_new");
    begin(context, algorithm, key);
    const unsigned char *bytes = der ? der : (const unsigned char *)signature.at;
    bool good =
        signature.len && EVP_DigestVerify(context, bytes, signature.len,
                                          (const unsigned char *)message.at, message.len) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ERR_clear_error();
    return good;
}

const char *signature_defect(const char *name, struct signature_key key, struct str message,
                             struct str signature)
{
    const struct algorithm *algorithm = find(name);
    if (!algorithm)
        return "unknown alg";
    if (!algorithm->digest) {
        if (key.public || !signature_is_secret(key.secret))
            return "key does not fit alg";
        return is_hmac(key.secret, message, signature) ? NULL : "signature";
    }
    if (key.secret.at || !key.public || !signature_fits(name, key.public))
        return "key does not fit alg";
    int bytes =
        algorithm->half_bytes ? 2 * algorithm->half_bytes : EVP_PKEY_get_size(key.public->evp);
    if (signature.len != (size_t)bytes)
        return "signature's length";
    return is_signed(algorithm, key.public->evp, message, signature) ? NULL : "signature";
}
