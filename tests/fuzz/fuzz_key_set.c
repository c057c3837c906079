/* Key sets: whatever an identity provider's address serves, the keys that come of it are few,
 * public, strong enough and of the kind they say, as OpenSSL sees them. */
#include "fuzz/fuzz.h"

#include "auth/key_set.h"
#include "crypto/signature.h"
#include "evp_key.h"
#include "json/read.h"

static void check_strength(const struct public_key *key)
{
    int bits = EVP_PKEY_get_bits(key->evp);
    bool is_rsa = key->kind == PUBLIC_KEY_RSA;
    PROMISE(EVP_PKEY_is_a(key->evp, is_rsa ? "RSA" : "EC"), "of the kind it says");
    if (is_rsa)
        PROMISE(bits >= 2048 && bits <= 8192, "an RSA key of a fair size");
    else
        PROMISE(bits == (key->kind == PUBLIC_KEY_P256 ? 256 : 384), "on the curve of its kind");
}

/* Found by kid and alg, unless another key has both. */
static void check_found(const struct key *keys, size_t count, size_t i, const char *name)
{
    const struct key *found = key_set_find(keys, count, keys[i].kid, str_of(name));
    size_t alike = 0;
    for (size_t other = 0; other < count; other++)
        alike += str_equal(keys[other].kid, keys[i].kid) &&
                 signature_fits(name, keys[other].public) &&
                 (!keys[other].alg || !strcmp(keys[other].alg, name));
    if (keys[i].kid.len || count == 1)
        PROMISE(found == (alike == 1 ? &keys[i] : NULL), "a key is found by its kid, if it alone");
    else
        PROMISE(!found, "no kid, no key among several");
}

static void check_key(const struct key *keys, size_t count, size_t i)
{
    const struct key *key = &keys[i];
    PROMISE(key->kid.at && key->kid.len <= 128, "a kid of at most 128 bytes");
    PROMISE(!key->alg || signature_fits(key->alg, key->public), "an alg of its kind");
    check_strength(key->public);
    for (const char *const *name = signature_names; *name; name++)
        if (key->alg ? !strcmp(*name, key->alg) : signature_fits(*name, key->public))
            check_found(keys, count, i, *name);
    PROMISE(!key_set_find(keys, count, key->kid, STR("HS256")), "never as a secret");
    PROMISE(!key_set_find(keys, count, key->kid, STR("none")), "never for nothing");
    PROMISE(!key_set_find(keys, count, STR("no such kid anywhere\x7f"), STR("RS256")),
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
