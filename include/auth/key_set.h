/* Keys of an identity provider's key set (RFC 7517): parsed strictly, cached, refreshed by J8-J12.
 *
 * At most 256 KiB and 50 keys; use sig or absent; RSA for RS256/384/512 and PS256, P-256 for ES256,
 * P-384 for ES384; one algorithm per key (its alg, or the narrowest of its kind that the issuer
 * allows); a kid that two keys share for one algorithm names neither. An unknown kid asks for a
 * refresh; over all workers there is one attempt per issuer and 30 s; the last good document serves
 * for 24 h when the issuer is away. A file is read again when it changed.
 * A look at a source is made by one desk; others go on with the keys there, so neither a slow
 * issuer nor a flood of unknown kids holds up people whose kid is known. */
#ifndef INSULA_AUTH_KEY_SET_H
#define INSULA_AUTH_KEY_SET_H

#include "crypto/public_key.h"
#include "tenancy/directory.h"

struct key_set;
struct key {
    struct str kid;            /* empty where the set's only key has none */
    const char *alg;           /* the key's own alg; NULL: any of its kind */
    const struct public_key *public;
};

/* Pure. ERROR_BAD_REQUEST "bad_key_set": nothing usable in it, or broken as a whole; single keys that
 * are unusable (another use, kty, weak) are left out. */
int key_set_parse(struct arena *arena, struct str document, struct key **out, size_t *count,
                  struct error *err);
/* The one key for a token: kid must match (or both be absent with a single key), alg must fit. */
const struct key *key_set_find(const struct key *keys, size_t count, struct str kid, struct str alg);

/* The cache of one process. */
struct key_sets;
struct key_sets *key_sets_new(void);
void key_sets_free(struct key_sets **sets);
/* The key for (provider, kid, alg), for as long as the arena lives.
 * A key without an alg of its own serves the narrowest of its kind among provider->algorithms.
 * ERROR_UNAUTHENTICATED "invalid_token": no such key; ERROR_UNAVAILABLE: no key set to be had. */
int key_sets_find(struct key_sets *sets, struct db *db, const struct identity_provider *provider,
                  struct str kid, struct str alg, struct arena *arena, struct key *out,
                  struct error *err);

#endif
