/* Makes tokens of any shape for tests, genuine and hostile: header and claims are given as text and
 * signed as they stand, with keys made on the spot. Independent of the code under test. */
#ifndef INSULA_TESTS_TOKEN_CRAFT_H
#define INSULA_TESTS_TOKEN_CRAFT_H

#include "base/codec.h"
#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static inline EVP_PKEY *craft_rsa(unsigned bits)
{
    return EVP_RSA_gen(bits);
}

static inline EVP_PKEY *craft_ec(const char *curve)
{
    return EVP_EC_gen(curve);
}

static inline struct str craft_pem(struct arena *arena, EVP_PKEY *key)
{
    char *at;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    long len = BIO_get_mem_data(bio, &at);
    struct str pem = arena_copy(arena, (struct str){ at, (size_t)len });
    BIO_free(bio);
    return pem;
}

/* The number behind an OpenSSL name ("n", "e", "qx", "qy"), in base64url, as a JWK wants it. */
static inline struct str craft_number(struct arena *arena, EVP_PKEY *key, const char *name, int bytes)
{
    unsigned char out[1024];
    BIGNUM *number = NULL;
    EVP_PKEY_get_bn_param(key, name, &number);
    int len = bytes ? BN_bn2binpad(number, out, bytes) : BN_bn2bin(number, out);
    BN_free(number);
    return base64url_encode(arena, (struct str){ (char *)out, (size_t)len });
}

static inline struct str craft_bytes(struct arena *arena, EVP_PKEY *key, const char *name, int bytes)
{
    struct str out = { 0 };
    base64url_decode(arena, craft_number(arena, key, name, bytes), &out);
    return out;
}

/* The key as a record of ours holds it; absent where we would not hold it. */
static inline struct signature_key craft_public(struct arena *arena, EVP_PKEY *key)
{
    struct signature_key out = { 0 };
    struct error ignored;
    int size = EVP_PKEY_get_bits(key) / 8;
    if (EVP_PKEY_is_a(key, "RSA"))
        public_key_rsa(arena, craft_bytes(arena, key, "n", 0), craft_bytes(arena, key, "e", 0),
                       &out.public, &ignored);
    else
        public_key_ec(arena, size == 32 ? "P-256" : "P-384", craft_bytes(arena, key, "qx", size),
                      craft_bytes(arena, key, "qy", size), &out.public, &ignored);
    return out;
}

static inline struct signature_key craft_secret(struct str secret)
{
    return (struct signature_key){ .secret = secret };
}

static inline struct str craft_input(struct arena *arena, const char *header, struct str claims)
{
    struct str a = base64url_encode(arena, str_of(header)), b = base64url_encode(arena, claims);
    return str_of(arena_printf(arena, "%.*s.%.*s", STR_ARGS(a), STR_ARGS(b)));
}

/* alg: "RS256" … "ES384", or "ES256-DER": r and s as OpenSSL writes them. */
static inline struct str craft_signature(struct arena *arena, EVP_PKEY *key, const char *alg,
                                         struct str input)
{
    unsigned char *sig = arena_alloc(arena, 2048), *raw = arena_alloc(arena, 256);
    size_t len = 2048;
    char digest[8];
    EVP_PKEY_CTX *settings;
    snprintf(digest, sizeof digest, "SHA%.3s", alg + 2);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_DigestSignInit(ctx, &settings, EVP_get_digestbyname(digest), NULL, key);
    if (alg[0] == 'P') {
        EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
    }
    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)input.at, input.len);
    EVP_MD_CTX_free(ctx);
    if (alg[0] != 'E' || alg[5])
        return (struct str){ (char *)sig, len };
    int half = EVP_PKEY_get_bits(key) / 8;
    const unsigned char *at = sig;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half);
    ECDSA_SIG_free(pair);
    return (struct str){ (char *)raw, (size_t)half * 2 };
}

static inline struct str craft_join(struct arena *arena, struct str input, struct str signature)
{
    struct str text = base64url_encode(arena, signature);
    return str_of(arena_printf(arena, "%.*s.%.*s", STR_ARGS(input), STR_ARGS(text)));
}

/* alg: which signature is really made, whatever the header says: "RS256" … "ES384". */
static inline struct str craft_token(struct arena *arena, EVP_PKEY *key, const char *alg,
                                     const char *header, struct str claims)
{
    struct str input = craft_input(arena, header, claims);
    return craft_join(arena, input, craft_signature(arena, key, alg, input));
}

static inline struct str craft_hs256(struct arena *arena, struct str secret, const char *header,
                                     struct str claims)
{
    unsigned char mac[32];
    unsigned len = sizeof mac;
    struct str input = craft_input(arena, header, claims);
    HMAC(EVP_sha256(), secret.at, (int)secret.len, (const unsigned char *)input.at, input.len, mac,
         &len);
    return craft_join(arena, input, (struct str){ (char *)mac, len });
}

#endif
