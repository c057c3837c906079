/* SHA-256, HMAC and the two things that memcmp and memset may not do, for keys and fingerprints. */
#include "crypto/digest.h"

#include "openssl.h"

#include <openssl/crypto.h>
#include <stdint.h>

#define LENGTH_BYTES 8

static void digest_add(EVP_MD_CTX *context, const void *bytes, size_t n)
{
    openssl_must(EVP_DigestUpdate(context, bytes, n), "SHA-256");
}

static EVP_MD_CTX *digest_begin(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    openssl_must(context && EVP_DigestInit_ex2(context, algorithms()->sha256, NULL), "SHA-256");
    return context;
}

static void digest_end(EVP_MD_CTX *context, unsigned char out[DIGEST_BYTES])
{
    openssl_must(EVP_DigestFinal_ex(context, out, NULL), "SHA-256");
    EVP_MD_CTX_free(context);
}

static void digest_add_length(EVP_MD_CTX *context, size_t length)
{
    unsigned char bytes[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> 8 * (LENGTH_BYTES - 1 - i));
    digest_add(context, bytes, sizeof bytes);
}

void digest_parts(const struct str *parts, size_t n, unsigned char out[DIGEST_BYTES])
{
    EVP_MD_CTX *context = digest_begin();
    for (size_t i = 0; i < n; i++) {
        digest_add_length(context, parts[i].len);
        digest_add(context, parts[i].at, parts[i].len);
    }
    digest_end(context, out);
}

void digest_bytes(struct str bytes, unsigned char out[DIGEST_BYTES])
{
    EVP_MD_CTX *context = digest_begin();
    digest_add(context, bytes.at, bytes.len);
    digest_end(context, out);
}

void digest_keyed(struct str key, struct str bytes, unsigned char out[DIGEST_BYTES])
{
    /* To OpenSSL a NULL key is no key at all, and an empty one is a key. */
    const char *key_bytes = key.at ? key.at : "";
    size_t written;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(algorithms()->hmac_sha256);
    openssl_must(context &&
                     EVP_MAC_init(context, (const unsigned char *)key_bytes, key.len, NULL) &&
                     EVP_MAC_update(context, (const unsigned char *)bytes.at, bytes.len) &&
                     EVP_MAC_final(context, out, &written, DIGEST_BYTES),
                 "HMAC-SHA-256");
    EVP_MAC_CTX_free(context);
}

bool same_bytes(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void wipe(void *secret, size_t n)
{
    if (n)
        OPENSSL_cleanse(secret, n);
}
