/* The key-encryption keys in memory, for wrapping tenants' data keys and for derived keys. */
#include "key_ring.h"

#include "key_file.h"
#include "openssl.h"

#include "crypto/digest.h"

static int fill_ring(const char *path, struct key_ring *ring, struct error *err)
{
    struct key_file file;
    int result = key_file_read(path, &file, err);
    if (result == 0)
        result = key_file_parse(path, &file, ring, err);
    wipe(&file, sizeof file);
    if (result == 0 && !ring->count)
        return key_file_fail(err, path, "it holds no key");
    return result;
}

int key_ring_read(const char *path, struct key_ring **out, struct error *err)
{
    struct key_ring *ring = calloc(1, sizeof *ring);
    openssl_must(ring, "memory for the key ring");
    if (fill_ring(path, ring, err) < 0) {
        key_ring_free(&ring);
        return -1;
    }
    *out = ring;
    return 0;
}

void key_ring_free(struct key_ring **ring)
{
    if (!*ring)
        return;
    wipe(*ring, sizeof **ring);
    free(*ring);
    *ring = NULL;
}

uint32_t key_ring_newest(const struct key_ring *ring)
{
    return ring->keys[ring->count - 1].id;
}

size_t key_ring_count(const struct key_ring *ring)
{
    return ring->count;
}

uint32_t key_ring_id(const struct key_ring *ring, size_t index)
{
    return ring->keys[index].id;
}

const struct ring_key *key_ring_find(const struct key_ring *ring, uint32_t id)
{
    for (size_t i = 0; i < ring->count; i++)
        if (ring->keys[i].id == id)
            return &ring->keys[i];
    return NULL;
}

void key_ring_derive(const struct key_ring *ring, const char *purpose,
                     unsigned char out[DATA_KEY_BYTES])
{
    struct str oldest = { (const char *)ring->keys[0].bytes, DATA_KEY_BYTES };
    digest_keyed(oldest, str_of(purpose), out);
}
