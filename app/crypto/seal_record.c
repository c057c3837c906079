/* AES-256-GCM over one record, for seal.c and data_key.c. */
#include "seal_record.h"

#include "openssl.h"

#include "crypto/digest.h"
#include "crypto/random.h"

#include <openssl/err.h>

#define VERSION      1
#define HEAD_BYTES   (1 + 4) /* version and key id */
#define NONCE_BYTES  12
#define TAG_BYTES    16
#define PREFIX_BYTES (HEAD_BYTES + NONCE_BYTES)

enum direction { OPEN, SEAL };

static void put_number(unsigned char out[4], uint32_t number)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(number >> 8 * (3 - i));
}

static uint32_t get_number(const unsigned char in[4])
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static bool bind_bytes(EVP_CIPHER_CTX *context, const void *bytes, size_t n)
{
    int written;
    return n == 0 || EVP_CipherUpdate(context, NULL, &written, bytes, (int)n);
}

/* Behind its length, so that no two places give the same bytes. */
static bool bind_part(EVP_CIPHER_CTX *context, struct str part)
{
    unsigned char length[4];
    put_number(length, (uint32_t)part.len);
    return bind_bytes(context, length, sizeof length) && bind_bytes(context, part.at, part.len);
}

static bool bind_place(EVP_CIPHER_CTX *context, const unsigned char *head,
                       const struct seal_place *place)
{
    unsigned char tenant[4];
    put_number(tenant, place->tenant.v);
    return bind_part(context, STR("insula/v1")) && bind_bytes(context, head, HEAD_BYTES) &&
           bind_bytes(context, tenant, sizeof tenant) && bind_part(context, str_of(place->table)) &&
           bind_part(context, str_of(place->column)) && bind_part(context, place->row);
}

/* A context with key, nonce and place; prefix is version, key id and nonce. */
static EVP_CIPHER_CTX *begin(enum direction direction, const unsigned char key[DATA_KEY_BYTES],
                             const unsigned char *prefix, const struct seal_place *place)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    openssl_must(context &&
                     EVP_CipherInit_ex2(context, algorithms()->aes_256_gcm, key,
                                        prefix + HEAD_BYTES, direction, NULL) &&
                     bind_place(context, prefix, place),
                 "AES-256-GCM");
    return context;
}

static bool update(EVP_CIPHER_CTX *context, unsigned char *out, const unsigned char *in, size_t n)
{
    int written;
    return n == 0 || EVP_CipherUpdate(context, out, &written, in, (int)n);
}

void record_seal(uint32_t key_id, const unsigned char key[DATA_KEY_BYTES],
                 const struct seal_place *place, struct str secret, unsigned char *out)
{
    out[0] = VERSION;
    put_number(out + 1, key_id);
    random_bytes(out + HEAD_BYTES, NONCE_BYTES);

    unsigned char *ciphertext = out + PREFIX_BYTES, *tag = ciphertext + secret.len;
    int none;
    EVP_CIPHER_CTX *context = begin(SEAL, key, out, place);
    openssl_must(update(context, ciphertext, (const unsigned char *)secret.at, secret.len) &&
                     EVP_CipherFinal_ex(context, tag, &none) &&
                     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag),
                 "AES-256-GCM");
    EVP_CIPHER_CTX_free(context);
}

static bool is_record(struct str record)
{
    return record.at && record.len >= SEAL_OVERHEAD &&
           record.len <= RECORD_SECRET_MAX + SEAL_OVERHEAD && record.at[0] == VERSION;
}

uint32_t sealed_key_id(struct str record)
{
    return is_record(record) ? get_number((const unsigned char *)record.at + 1) : 0;
}

long record_secret_len(uint32_t key_id, struct str record)
{
    if (!is_record(record) || sealed_key_id(record) != key_id)
        return -1;
    return (long)(record.len - SEAL_OVERHEAD);
}

bool record_open(const unsigned char key[DATA_KEY_BYTES], const struct seal_place *place,
                 struct str record, unsigned char *out)
{
    const unsigned char *prefix = (const unsigned char *)record.at;
    size_t n = record.len - SEAL_OVERHEAD;
    unsigned char tag[TAG_BYTES];
    memcpy(tag, prefix + PREFIX_BYTES + n, TAG_BYTES);

    int none;
    EVP_CIPHER_CTX *context = begin(OPEN, key, prefix, place);
    bool good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) &&
                update(context, out, prefix + PREFIX_BYTES, n) &&
                EVP_CipherFinal_ex(context, tag, &none);
    EVP_CIPHER_CTX_free(context);
    if (!good) {
        wipe(out, n); /* GCM writes the plaintext before it knows the tag */
        ERR_clear_error();
    }
    return good;
}
