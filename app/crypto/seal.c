/* Seals a tenant's secrets under its data key, for the columns that hold upstream keys and the
 * like. */
#include "seal_record.h"

#include "crypto/digest.h"

struct opened {
    char *at;
    size_t len;
};

static void wipe_opened(void *thing)
{
    struct opened *opened = thing;
    wipe(opened->at, opened->len);
}

int seal(struct arena *arena, const unsigned char key[DATA_KEY_BYTES],
         const struct seal_place *place, struct str secret, struct str *record_out,
         struct error *err)
{
    size_t len = SEAL_OVERHEAD + secret.len;
    unsigned char *record = secret.len > RECORD_SECRET_MAX ? NULL : arena_try(arena, len);
    if (!record)
        return fail(err, ERROR_TOO_LARGE, "secret_too_large", "the secret is too large to seal");
    record_seal(RECORD_DATA_KEY, key, place, secret, record);
    *record_out = (struct str){ (const char *)record, len };
    return 0;
}

static int broken(const struct seal_place *place, struct error *err)
{
    fail(err, ERROR_INTERNAL, "seal_broken", "a stored secret does not open");
    return error_note(err, "tenant %u, %s.%s", place->tenant.v, place->table, place->column);
}

int unseal(struct arena *arena, const unsigned char key[DATA_KEY_BYTES],
           const struct seal_place *place, struct str record, struct str *secret_out,
           struct error *err)
{
    long len = record_secret_len(RECORD_DATA_KEY, record);
    if (len < 0)
        return broken(place, err);
    char *secret = arena_try(arena, (size_t)len + 1);
    if (!secret)
        return fail(err, ERROR_TOO_LARGE, "secret_too_large", "the secret is too large to open");
    if (!record_open(key, place, record, (unsigned char *)secret))
        return broken(place, err);
    struct opened *opened = arena_new_of(arena, struct opened);
    *opened = (struct opened){ secret, (size_t)len };
    arena_defer(arena, wipe_opened, opened);
    *secret_out = (struct str){ secret, (size_t)len };
    return 0;
}
