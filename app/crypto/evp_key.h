/* What a public key is inside: for public_key.c, which makes it, and signature.c, which uses it. */
#ifndef INSULA_APP_CRYPTO_EVP_KEY_H
#define INSULA_APP_CRYPTO_EVP_KEY_H

#include "crypto/public_key.h"

#include <openssl/evp.h>

struct public_key {
    enum public_key_kind kind;
    EVP_PKEY *evp;
};

#endif
