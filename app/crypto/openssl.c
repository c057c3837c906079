/* Fetches the algorithms, for the rest of this folder. */
#include "openssl.h"

#include "base/log.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>

static struct algorithms fetched;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void openssl_must(bool good, const char *what)
{
    if (good)
        return;
    log_event(LOG_ALARM, "openssl", "%s failed", what);
    abort();
}

static EVP_MAC_CTX *hmac_template(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac); /* the context keeps it */
    openssl_must(context && EVP_MAC_CTX_set_params(context, parameters), "fetching HMAC");
    return context;
}

static void fetch(void)
{
    fetched.aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    openssl_must(fetched.aes_256_gcm, "fetching AES-256-GCM");
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    openssl_must(fetched.sha256, "fetching SHA-256");
    fetched.hmac_sha256 = hmac_template();
}

const struct algorithms *algorithms(void)
{
    pthread_once(&once, fetch);
    return &fetched;
}
