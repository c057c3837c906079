/* What was asked for in vain, so that guessing does not become a load on the database. */
#include "unknown.h"

#include "base/clock.h"
#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>

struct unknown {
    pthread_mutex_t lock;
    size_t next;
    struct {
        unsigned char hash[DIGEST_BYTES]; /* an attacker chose it: a hash is of fixed size */
        int64_t until_ms;
    } ring[UNKNOWN_MAX];
};

struct unknown *unknown_new(void)
{
    struct unknown *unknown = calloc(1, sizeof *unknown);
    if (!unknown)
        abort();
    pthread_mutex_init(&unknown->lock, NULL);
    return unknown;
}

void unknown_free(struct unknown **unknown)
{
    if (!*unknown)
        return;
    pthread_mutex_destroy(&(*unknown)->lock);
    free(*unknown);
    *unknown = NULL;
}

static void hash_of(const char *what, struct str name, unsigned char out[DIGEST_BYTES])
{
    digest_parts((struct str[]){ str_of(what), name }, 2, out);
}

void unknown_add(struct unknown *unknown, const char *what, struct str name)
{
    unsigned char hash[DIGEST_BYTES];
    hash_of(what, name, hash);
    pthread_mutex_lock(&unknown->lock);
    size_t at = unknown->next++ % UNKNOWN_MAX;
    memcpy(unknown->ring[at].hash, hash, sizeof hash);
    unknown->ring[at].until_ms = clock_steady_ms() + UNKNOWN_MS;
    pthread_mutex_unlock(&unknown->lock);
}

bool unknown_has(struct unknown *unknown, const char *what, struct str name)
{
    unsigned char hash[DIGEST_BYTES];
    bool has = false;
    int64_t now = clock_steady_ms();
    hash_of(what, name, hash);
    pthread_mutex_lock(&unknown->lock);
    for (size_t i = 0; i < UNKNOWN_MAX && !has; i++)
        has = unknown->ring[i].until_ms > now && !memcmp(unknown->ring[i].hash, hash, sizeof hash);
    pthread_mutex_unlock(&unknown->lock);
    return has;
}
