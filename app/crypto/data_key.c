/* Wraps a tenant's data key under the key ring, for the table data_key. */
#include "key_ring.h"
#include "seal_record.h"

#include "crypto/digest.h"

static struct seal_place place_of(struct tenant_id tenant)
{
    return (struct seal_place){
        .tenant = tenant, .table = "data_key", .column = "wrapped", .row = STR("")
    };
}

int data_key_wrap(struct arena *arena, const struct key_ring *ring, struct tenant_id tenant,
                  const unsigned char key[DATA_KEY_BYTES], struct str *record_out,
                  struct error *err)
{
    (void)err; /* a ring that could be read has a key */
    size_t len = SEAL_OVERHEAD + DATA_KEY_BYTES;
    unsigned char *record = arena_alloc(arena, len);
    const struct ring_key *newest = &ring->keys[ring->count - 1];
    struct seal_place place = place_of(tenant);
    struct str secret = { (const char *)key, DATA_KEY_BYTES };
    record_seal(newest->id, newest->bytes, &place, secret, record);
    *record_out = (struct str){ (const char *)record, len };
    return 0;
}

int data_key_unwrap(const struct key_ring *ring, struct tenant_id tenant, struct str record,
                    unsigned char out[DATA_KEY_BYTES], struct error *err)
{
    uint32_t id = sealed_key_id(record);
    const struct ring_key *key = key_ring_find(ring, id);
    if (id && !key) {
        fail(err, ERROR_INTERNAL, "key_unknown", "a data key is wrapped under an unknown key");
        return error_note(err, "tenant %u, key %u", tenant.v, id);
    }
    unsigned char opened[DATA_KEY_BYTES];
    struct seal_place place = place_of(tenant);
    if (!key || record_secret_len(id, record) != DATA_KEY_BYTES ||
        !record_open(key->bytes, &place, record, opened)) {
        fail(err, ERROR_INTERNAL, "seal_broken", "a stored data key does not open");
        return error_note(err, "tenant %u, key %u", tenant.v, id);
    }
    memcpy(out, opened, sizeof opened);
    wipe(opened, sizeof opened);
    return 0;
}
