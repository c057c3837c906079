/* Reads an identity provider's key set (RFC 7517) and finds keys in it, for key_sets.c: pure. */
#include "auth/key_set.h"

#include "base/codec.h"
#include "crypto/public_key.h"
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

/* One of the family's names that the set's alg is; an absent alg fits all. */
static bool read_alg(const struct json *jwk, const char *const *names, const char **out)
{
    const struct json *member = json_member(jwk, "alg");
    *out = NULL;
    if (!member)
        return true;
    for (; *names; names++)
        if (str_is(json_text(member), *names))
            *out = *names;
    return *out != NULL;
}

static bool number_of(struct arena *arena, const struct json *jwk, const char *name,
                      struct str *out)
{
    struct str text = json_text(json_member(jwk, name));
    return text.at && text.len && base64url_decode(arena, text, out);
}

static bool read_rsa(struct arena *arena, const struct json *jwk, struct key *key)
{
    static const char *const names[] = { "RS256", "RS384", "RS512", NULL };
    struct str n, e;
    struct error ignored;
    key->family = "RS";
    return read_alg(jwk, names, &key->alg) && number_of(arena, jwk, "n", &n) &&
           number_of(arena, jwk, "e", &e) && !public_key_rsa(arena, n, e, &key->pem, &ignored);
}

static bool read_ec(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct str x, y, curve = json_text(json_member(jwk, "crv"));
    struct error ignored;
    bool small = str_is(curve, "P-256");
    if (!small && !str_is(curve, "P-384"))
        return false;
    key->family = small ? "ES256" : "ES384";
    return read_alg(jwk, (const char *const[]){ key->family, NULL }, &key->alg) &&
           number_of(arena, jwk, "x", &x) && number_of(arena, jwk, "y", &y) &&
           !public_key_ec(arena, small ? "P-256" : "P-384", x, y, &key->pem, &ignored);
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
    if (str_is(kty, "RSA") ? !read_rsa(arena, jwk, &key)
                           : !str_is(kty, "EC") || !read_ec(arena, jwk, &key))
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

static bool alg_fits(const struct key *key, struct str alg)
{
    if (key->alg)
        return str_is(alg, key->alg);
    if (strcmp(key->family, "RS") != 0)
        return str_is(alg, key->family);
    return str_is(alg, "RS256") || str_is(alg, "RS384") || str_is(alg, "RS512");
}

const struct key *key_set_find(const struct key *keys, size_t count, struct str kid, struct str alg)
{
    for (size_t i = 0; i < count; i++) {
        bool named = kid.len ? str_equal(keys[i].kid, kid) : count == 1 && !keys[i].kid.len;
        if (named && alg_fits(&keys[i], alg))
            return &keys[i];
    }
    return NULL;
}
