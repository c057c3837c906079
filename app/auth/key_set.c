/* Reads an identity provider's key set (RFC 7517) and finds keys in it, for key_sets.c: pure. */
#include "auth/key_set.h"

#include "base/codec.h"
#include "crypto/signature.h"
#include "json/read.h"

#define DOCUMENT_MAX_BYTES (256 * 1024)
#define KEYS_MAX           50
#define KID_MAX_BYTES      128

/* Bounds the tree's memory, whatever the document holds. */
static const struct json_limits limits = { .depth = 8, .values = 5000 };

/* Absent, or exactly this. */
static bool is_or_absent(const struct json *jwk, const char *name, const char *wanted)
{
    const struct json *member = json_member(jwk, name);
    return !member || str_is(json_text(member), wanted);
}

static bool may_verify(const struct json *jwk)
{
    const struct json *operations = json_member(jwk, "key_ops");
    if (!is_or_absent(jwk, "use", "sig"))
        return false;
    if (!operations)
        return true;
    for (const struct json *entry = operations->children; entry; entry = entry->next)
        if (str_is(json_text(entry), "verify"))
            return true;
    return false;
}

static bool number_of(struct arena *arena, const struct json *jwk, const char *name,
                      struct str *out)
{
    struct str text = json_text(json_member(jwk, name));
    return text.at && text.len && base64url_decode(arena, text, out);
}

static bool read_rsa(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct str n, e;
    struct error ignored;
    return number_of(arena, jwk, "n", &n) && number_of(arena, jwk, "e", &e) &&
           !public_key_rsa(arena, n, e, &key->public, &ignored);
}

static bool read_ec(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct str x, y, curve = json_text(json_member(jwk, "crv"));
    struct error ignored;
    return curve.len && number_of(arena, jwk, "x", &x) && number_of(arena, jwk, "y", &y) &&
           !public_key_ec(arena, arena_copy(arena, curve).at, x, y, &key->public, &ignored);
}

/* Absent, or a name that the key can serve. */
static bool read_alg(const struct json *jwk, struct key *key)
{
    const struct json *alg = json_member(jwk, "alg");
    for (const char *const *name = signature_names; alg && *name; name++)
        if (str_is(json_text(alg), *name) && signature_fits(*name, key->public))
            key->alg = *name;
    return !alg || key->alg;
}

/* A set that shows a private key ("d") vouches for nobody with it. */
static bool read_key(struct arena *arena, const struct json *jwk, struct key *out)
{
    struct key key = { 0 };
    const struct json *kid = json_member(jwk, "kid");
    if (jwk->type != JSON_OBJECT || json_member(jwk, "d") || !may_verify(jwk))
        return false;
    key.kid = json_text(kid);
    if (kid && (!key.kid.len || key.kid.len > KID_MAX_BYTES))
        return false;
    struct str kty = json_text(json_member(jwk, "kty"));
    bool is_read = str_is(kty, "RSA")  ? read_rsa(arena, jwk, &key)
                   : str_is(kty, "EC") ? read_ec(arena, jwk, &key)
                                       : false;
    if (!is_read || !read_alg(jwk, &key))
        return false;
    key.kid = arena_copy(arena, kid ? key.kid : STR(""));
    *out = key;
    return true;
}

int key_set_parse(struct arena *arena, struct str document, struct key **out, size_t *count,
                  struct error *err)
{
    struct json *set;
    if (document.len > DOCUMENT_MAX_BYTES || json_parse(arena, document, &limits, &set, err))
        return fail(err, ERROR_BAD_REQUEST, "bad_key_set", "The key set is no JSON, or too large.");
    const struct json *list = json_member(set, "keys");
    if (!list || list->type != JSON_ARRAY || list->count > KEYS_MAX)
        return fail(err, ERROR_BAD_REQUEST, "bad_key_set", "No list of at most 50 keys.");
    struct key *keys = arena_array_of(arena, struct key, KEYS_MAX);
    size_t usable = 0;
    for (const struct json *jwk = list->children; jwk; jwk = jwk->next)
        if (read_key(arena, jwk, &keys[usable]))
            usable++;
    if (!usable)
        return fail(err, ERROR_BAD_REQUEST, "bad_key_set", "The key set holds no usable key.");
    *out = keys;
    *count = usable;
    return 0;
}

static bool is_meant(const struct key *key, size_t count, struct str kid, struct str alg)
{
    bool is_named = kid.len ? str_equal(key->kid, kid) : count == 1 && !key->kid.len;
    for (const char *const *name = signature_names; is_named && *name; name++)
        if (str_is(alg, *name))
            return key->alg ? str_is(alg, key->alg) : signature_fits(*name, key->public);
    return false;
}

const struct key *key_set_find(const struct key *keys, size_t count, struct str kid, struct str alg)
{
    const struct key *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_meant(&keys[i], count, kid, alg))
            continue;
        if (found)
            return NULL;
        found = &keys[i];
    }
    return found;
}
