/* What a key ring holds, for the files that read, extend and use it. */
#ifndef INSULA_CRYPTO_KEY_RING_H
#define INSULA_CRYPTO_KEY_RING_H

#include "crypto/keys.h"

#define KEY_RING_MAX 256

struct ring_key {
    uint32_t id;
    unsigned char bytes[DATA_KEY_BYTES];
};

struct key_ring {
    size_t count;
    struct ring_key keys[KEY_RING_MAX]; /* as in the file: oldest first */
};

/* The key of that id, or NULL. */
const struct ring_key *key_ring_find(const struct key_ring *ring, uint32_t id);

#endif
