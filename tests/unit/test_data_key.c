/* crypto/keys.h: a tenant's data key under a ring that rotates. */
#include "crypto/keys.h"
#include "crypto/random.h"

#include "key_ring.h"
#include "seal_record.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/insula-test-XXXXXX";
static char path[64];
static struct arena *arena;
static unsigned char key[DATA_KEY_BYTES];
static const struct tenant_id seven = { 7 }, house = { 0 };

static struct key_ring *read_ring(void)
{
    struct key_ring *ring = NULL;
    struct error err;
    if (key_ring_read(path, &ring, &err) < 0)
        printf("# %s\n", err.message);
    return ring;
}

static struct str wrap(const struct key_ring *ring, struct tenant_id tenant)
{
    struct str record = { 0 };
    struct error err;
    data_key_wrap(arena, ring, tenant, key, &record, &err);
    return record;
}

/* The code of the failure, "" when the very key came back. */
static const char *unwrap(const struct key_ring *ring, struct tenant_id tenant, struct str record)
{
    static struct error err;
    unsigned char out[DATA_KEY_BYTES] = "untouched";
    if (data_key_unwrap(ring, tenant, record, out, &err) == 0)
        return memcmp(out, key, sizeof out) ? "another key" : "";
    if (strcmp((char *)out, "untouched"))
        return "written on failure";
    return err.kind == ERROR_INTERNAL ? err.code : "another kind";
}

static void rotation_keeps_old_records(void)
{
    uint32_t id;
    struct error err;
    key_file_add(path, &id, &err);
    struct key_ring *old = read_ring();
    struct str first = wrap(old, seven);
    is_number(first.len, SEAL_OVERHEAD + DATA_KEY_BYTES, "a wrapped key has its size");
    is_number(sealed_key_id(first), 1, "a wrapped key names its key");
    is_text(unwrap(old, seven, first), "", "and is unwrapped");

    key_file_add(path, &id, &err);
    struct key_ring *both = read_ring();
    struct str second = wrap(both, seven);
    is_number(sealed_key_id(second), 2, "the newest key wraps");
    is_text(unwrap(both, seven, first), "", "the old record opens after rotation");
    is_text(unwrap(both, seven, second), "", "the new one too");
    is_text(unwrap(old, seven, second), "key_unknown", "a ring not read again says so");
    unsigned char before[DATA_KEY_BYTES], after[DATA_KEY_BYTES];
    key_ring_derive(old, "scope", before);
    key_ring_derive(both, "scope", after);
    ok(memcmp(before, after, sizeof before) == 0, "rotation leaves derived keys alone");
    key_ring_free(&old);
    key_ring_free(&both);
}

static void a_record_moved_or_changed_does_not_open(void)
{
    struct key_ring *ring = read_ring();
    struct str record = wrap(ring, seven);
    is_text(unwrap(ring, house, record), "seal_broken", "another tenant's key does not open");
    is_text(unwrap(ring, seven, wrap(ring, house)), "seal_broken", "nor the house's");
    char bytes[SEAL_OVERHEAD + DATA_KEY_BYTES];
    int opened = 0;
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        memcpy(bytes, record.at, sizeof bytes);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        opened += unwrap(ring, seven, (struct str){ bytes, sizeof bytes })[0] == '\0';
    }
    is_number(opened, 0, "no record with a flipped bit opens");
    memcpy(bytes, record.at, sizeof bytes);
    bytes[4] = 1;
    is_text(unwrap(ring, seven, (struct str){ bytes, sizeof bytes }), "seal_broken",
            "nor one that names another key of the ring");
    for (size_t len = 0; len < record.len; len++)
        opened += unwrap(ring, seven, (struct str){ record.at, len })[0] == '\0';
    is_number(opened, 0, "nor a shorter one");
    is_number(sealed_key_id(STR("")), 0, "what is no record names no key");
    is_number(sealed_key_id((struct str){ 0 }), 0, "nor what is absent");
    is_text(unwrap(ring, seven, (struct str){ 0 }), "seal_broken", "nor does it open");
    struct str secret_record = { 0 };
    struct seal_place place = { seven, "data_key", "wrapped", STR("") };
    struct error err;
    seal(arena, key, &place, (struct str){ (char *)key, sizeof key }, &secret_record, &err);
    is_text(unwrap(ring, seven, secret_record), "seal_broken", "a sealed secret is no wrapped key");
    unsigned char long_record[SEAL_OVERHEAD + DATA_KEY_BYTES + 1];
    record_seal(1, ring->keys[0].bytes, &place, (struct str){ bytes, DATA_KEY_BYTES + 1 },
                long_record);
    struct str too_long = { (char *)long_record, sizeof long_record };
    is_text(unwrap(ring, seven, too_long), "seal_broken", "nor is a longer key");
    key_ring_free(&ring);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/keys", folder);
    arena = arena_new(1 << 20);
    random_bytes(key, sizeof key);
    rotation_keeps_old_records();
    a_record_moved_or_changed_does_not_open();
    arena_free(&arena);
    unlink(path);
    rmdir(folder);
    return done();
}
