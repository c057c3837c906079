/* Guards the key ring of one process, for the directory. */
#include "house_keys.h"

#include <pthread.h>
#include <unistd.h>

struct house_keys {
    pthread_mutex_t lock;
    struct key_ring *ring;
    char *path;
};

int house_keys_open(const char *path, struct house_keys **out, struct error *err)
{
    struct key_ring *ring;
    if (key_ring_read(path, &ring, err))
        return -1;
    struct house_keys *keys = calloc(1, sizeof *keys);
    if (!keys || !(keys->path = strdup(path)))
        abort();
    keys->ring = ring;
    pthread_mutex_init(&keys->lock, NULL);
    *out = keys;
    return 0;
}

void house_keys_free(struct house_keys **keys)
{
    if (!*keys)
        return;
    pthread_mutex_destroy(&(*keys)->lock);
    key_ring_free(&(*keys)->ring);
    free((*keys)->path);
    free(*keys);
    *keys = NULL;
}

bool house_keys_readable(const struct house_keys *keys)
{
    return access(keys->path, R_OK) == 0;
}

void house_keys_derive(struct house_keys *keys, const char *purpose,
                       unsigned char out[DATA_KEY_BYTES])
{
    pthread_mutex_lock(&keys->lock);
    key_ring_derive(keys->ring, purpose, out);
    pthread_mutex_unlock(&keys->lock);
}

/* A file that cannot be read now leaves the ring as it is. */
static void read_again(struct house_keys *keys)
{
    struct key_ring *ring;
    struct error ignored;
    if (key_ring_read(keys->path, &ring, &ignored))
        return;
    key_ring_free(&keys->ring);
    keys->ring = ring;
}

int house_keys_unwrap(struct house_keys *keys, struct tenant_id tenant, struct str record,
                      unsigned char out[DATA_KEY_BYTES], struct error *err)
{
    pthread_mutex_lock(&keys->lock);
    int status = data_key_unwrap(keys->ring, tenant, record, out, err);
    if (status && !strcmp(err->code, "key_unknown")) {
        read_again(keys);
        status = data_key_unwrap(keys->ring, tenant, record, out, err);
    }
    pthread_mutex_unlock(&keys->lock);
    return status;
}
