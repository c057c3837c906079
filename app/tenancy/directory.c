/* Finds tenants, who may vouch for them and whose web pages may read their answers, for every
 * request: a cache over a loader each. */
#include "tenancy/directory.h"

#include "base/clock.h"
#include "house_keys.h"
#include "issuer.h"
#include "origin.h"
#include "snapshot.h"
#include "unknown.h"

#define TENANTS_MAX   4096
#define ISSUERS_MAX   4096
#define OPERATORS_MAX 64
#define ORIGINS_MAX   1024

struct directory {
    struct house_keys *keys;
    struct cache *tenants, *issuers, *operators, *origins;
    struct unknown *unknown; /* issuers and origins that are nobody's */
};

int directory_new(const char *key_file, struct directory **out, struct error *err)
{
    struct house_keys *keys;
    if (house_keys_open(key_file, &keys, err))
        return -1;
    struct directory *directory = calloc(1, sizeof *directory);
    if (!directory)
        abort();
    directory->keys = keys;
    directory->tenants = cache_new(TENANTS_MAX);
    directory->issuers = cache_new(ISSUERS_MAX);
    directory->operators = cache_new(OPERATORS_MAX);
    directory->origins = cache_new(ORIGINS_MAX);
    directory->unknown = unknown_new();
    *out = directory;
    return 0;
}

void directory_free(struct directory **directory)
{
    if (!*directory)
        return;
    cache_free(&(*directory)->tenants);
    cache_free(&(*directory)->issuers);
    cache_free(&(*directory)->operators);
    cache_free(&(*directory)->origins);
    unknown_free(&(*directory)->unknown);
    house_keys_free(&(*directory)->keys);
    free(*directory);
    *directory = NULL;
}

int directory_derive(struct directory *directory, const char *purpose,
                     unsigned char out[DATA_KEY_BYTES], struct error *err)
{
    (void)err;
    house_keys_derive(directory->keys, purpose, out);
    return 0;
}

bool directory_keys_readable(const struct directory *directory)
{
    return house_keys_readable(directory->keys);
}

int directory_tenant(struct directory *directory, struct db *db, struct tenant_id id,
                     const struct tenant **out, struct error *err)
{
    struct lookup lookup = { directory->keys, platform_on(db) };
    struct record *record;
    struct str key = { (const char *)&id.v, sizeof id.v };
    if (cache_get(directory->tenants, key, snapshot_load, &lookup, &record, err))
        return -1;
    *out = &((struct snapshot *)record)->tenant;
    return 0;
}

/* What an outsider can name; what: as unknown.h has it. */
struct question {
    const char *what;
    struct cache *cache;
    cache_load *load;
};

/* The known ones stay however many unknown ones are asked for: those have a place of their own. */
static int find(struct directory *directory, struct db *db, struct question question,
                struct str name, struct record **out, struct error *err)
{
    struct lookup lookup = { directory->keys, platform_on(db) };
    if (unknown_has(directory->unknown, question.what, name))
        return fail(err, ERROR_NOT_FOUND, "not_found", "Nobody's.");
    int status = cache_get(question.cache, name, question.load, &lookup, out, err);
    if (status && err->kind == ERROR_NOT_FOUND)
        unknown_add(directory->unknown, question.what, name);
    return status;
}

int directory_identity_providers(struct directory *directory, struct db *db, struct str issuer,
                                 struct arena *arena, struct identity_provider **out, size_t *count,
                                 struct error *err)
{
    struct record *record;
    struct question question = { "issuer", directory->issuers, issuer_load };
    if (find(directory, db, question, issuer, &record, err)) {
        if (err->kind != ERROR_NOT_FOUND)
            return -1;
        *count = 0;
        *out = NULL;
        return 0;
    }
    const struct issuer *found = (const struct issuer *)record;
    struct identity_provider *copies =
        arena_array_of(arena, struct identity_provider, found->count + 1);
    for (size_t i = 0; i < found->count; i++)
        copies[i] = identity_provider_copy(&found->providers[i], arena);
    *out = copies;
    *count = found->count;
    record_release(&record);
    return 0;
}

int directory_operator(struct directory *directory, struct db *db, struct str issuer,
                       struct arena *arena, struct identity_provider *out, struct error *err)
{
    struct record *record;
    struct question question = { "operator", directory->operators, operator_load };
    if (find(directory, db, question, issuer, &record, err))
        return -1;
    const struct issuer *found = (const struct issuer *)record;
    size_t count = found->count;
    if (count)
        *out = identity_provider_copy(&found->providers[0], arena);
    record_release(&record);
    return count ? 0 : fail(err, ERROR_NOT_FOUND, "not_found", "Its secret does not open.");
}

int directory_origin(struct directory *directory, struct db *db, struct str origin,
                     struct error *err)
{
    struct record *record;
    struct question question = { "origin", directory->origins, origin_load };
    if (find(directory, db, question, origin, &record, err))
        return -1;
    record_release(&record);
    return 0;
}
