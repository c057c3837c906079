/* Key sets: whatever an identity provider's address serves, the keys that come of it are few,
 * public, strong enough and of the kind they say, as OpenSSL reads them again. */
#include "fuzz/fuzz.h"

#include "auth/key_set.h"
#include "json/read.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static void check_pem(const struct key *key)
{
    bool is_rsa = !strcmp(key->family, "RS");
    BIO *bio = BIO_new_mem_buf(key->pem.at, (int)key->pem.len);
    EVP_PKEY *public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    PROMISE(str_starts(key->pem, "-----BEGIN PUBLIC KEY-----"), "PEM of a public key");
    PROMISE(public, "which OpenSSL reads");
    int bits = EVP_PKEY_get_bits(public);
    PROMISE(EVP_PKEY_is_a(public, is_rsa ? "RSA" : "EC"), "of the kind it says");
    if (is_rsa)
        PROMISE(bits >= 2048 && bits <= 8192, "an RSA key of a fair size");
    else
        PROMISE(bits == (strcmp(key->family, "ES256") ? 384 : 256), "on the curve of its family");
    EVP_PKEY_free(public);
    BIO_free(bio);
}

static void check_key(const struct key *keys, size_t count, size_t i)
{
    static const char *const families[] = { "RS", "ES256", "ES384" };
    const struct key *key = &keys[i];
    size_t known = 0;
    for (size_t f = 0; f < 3; f++)
        known += !strcmp(key->family, families[f]);
    PROMISE(known == 1, "a known family");
    PROMISE(key->kid.at && key->kid.len <= 128, "a kid of at most 128 bytes");
    PROMISE(!key->alg || !strncmp(key->alg, key->family, 2), "an alg of its family");
    check_pem(key);
    struct str alg = str_of(key->alg ? key->alg : *key->family == 'R' ? "RS256" : key->family);
    const struct key *found = key_set_find(keys, count, key->kid, alg);
    if (key->kid.len || count == 1)
        PROMISE(found && str_equal(found->kid, key->kid), "a key is found by its kid");
    PROMISE(!key_set_find(keys, count, key->kid, STR("HS256")), "never as a secret");
    PROMISE(!key_set_find(keys, count, key->kid, STR("none")), "never for nothing");
    PROMISE(!key_set_find(keys, count, STR("no such kid anywhere\x7f"), alg),
            "never by another kid");
}

/* Keys that show no private number: no more can be of use. */
static size_t public_keys(struct arena *arena, struct str document)
{
    struct json *set;
    struct error err;
    size_t count = 0;
    if (json_parse(arena, document, NULL, &set, &err) != 0)
        return 0;
    for (const struct json *jwk = json_member(set, "keys")->children; jwk; jwk = jwk->next)
        count += !json_member(jwk, "d");
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(8 << 20);
    struct key *keys;
    size_t count;
    struct error err = { 0 };
    if (key_set_parse(arena, fuzz_input(data, size), &keys, &count, &err) == 0) {
        PROMISE(count >= 1 && count <= 50, "one to fifty keys");
        PROMISE(count <= public_keys(arena, fuzz_input(data, size)), "none of them private");
        for (size_t i = 0; i < count; i++)
            check_key(keys, count, i);
    } else {
        PROMISE(err.kind == ERROR_BAD_REQUEST && !strcmp(err.code, "bad_key_set"), "a bad set");
    }
    arena_free(&arena);
    return 0;
}
