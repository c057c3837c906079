/* The house's algorithms, fetched from OpenSSL once a process: fetching by name costs more than the
 * work on a short text. */
#ifndef INSULA_CRYPTO_OPENSSL_H
#define INSULA_CRYPTO_OPENSSL_H

#include <openssl/evp.h>
#include <stdbool.h>

struct algorithms {
    EVP_CIPHER *aes_256_gcm;
    EVP_MD *sha256;
    EVP_MAC_CTX *hmac_sha256; /* to be copied: has its digest, no key yet */
};

const struct algorithms *algorithms(void) __attribute__((returns_nonnull));

/* What can fail only for want of memory or by a defect of ours ends the process. */
void openssl_must(bool good, const char *what);

#endif
