/* Makes tokens of any shape for tests, genuine and hostile: header and claims are given as text and
 * signed as they stand, with keys made on the spot. Independent of the code under test. */
#ifndef INSULA_TESTS_TOKEN_CRAFT_H
#define INSULA_TESTS_TOKEN_CRAFT_H

#include "base/codec.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

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

static inline struct str craft_input(struct arena *arena, const char *header, struct str claims)
{
    struct str a = base64url_encode(arena, str_of(header)), b = base64url_encode(arena, claims);
    return str_of(arena_printf(arena, "%.*s.%.*s", STR_ARGS(a), STR_ARGS(b)));
}

/* digest: "SHA256"; raw_bytes: of r and of s for ECDSA, 0 for RSA. */
static inline struct str craft_signature(struct arena *arena, EVP_PKEY *key, const char *digest,
                                         int raw_bytes, struct str input)
{
    unsigned char *sig = arena_alloc(arena, 2048), *raw = arena_alloc(arena, 256);
    size_t len = 2048;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_DigestSignInit(ctx, NULL, EVP_get_digestbyname(digest), NULL, key);
    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)input.at, input.len);
    EVP_MD_CTX_free(ctx);
    if (!raw_bytes)
        return (struct str){ (char *)sig, len };
    const unsigned char *at = sig;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, raw_bytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + raw_bytes, raw_bytes);
    ECDSA_SIG_free(pair);
    return (struct str){ (char *)raw, (size_t)raw_bytes * 2 };
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
    char digest[8];
    snprintf(digest, sizeof digest, "SHA%s", alg + 2);
    int raw = alg[0] != 'E' ? 0 : !strcmp(alg, "ES384") ? 48 : 32;
    struct str input = craft_input(arena, header, claims);
    return craft_join(arena, input, craft_signature(arena, key, digest, raw, input));
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
