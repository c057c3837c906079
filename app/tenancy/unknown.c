/* What was asked for in vain, so that guessing issuers does not become a load on the database. */
#include "unknown.h"

#include "base/clock.h"
#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>

struct unknown {
    pthread_mutex_t lock;
    size_t next;
    struct {
        unsigned char name[DIGEST_BYTES]; /* an attacker chose it: a hash is of fixed size */
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

static void name_of(bool head_office, struct str issuer, unsigned char out[DIGEST_BYTES])
{
    digest_parts((struct str[]){ head_office ? STR("operator") : STR("tenant"), issuer }, 2, out);
}

void unknown_add(struct unknown *unknown, bool head_office, struct str issuer)
{
    unsigned char name[DIGEST_BYTES];
    name_of(head_office, issuer, name);
    pthread_mutex_lock(&unknown->lock);
    size_t at = unknown->next++ % UNKNOWN_MAX;
    memcpy(unknown->ring[at].name, name, sizeof name);
    unknown->ring[at].until_ms = clock_steady_ms() + UNKNOWN_MS;
    pthread_mutex_unlock(&unknown->lock);
}

bool unknown_has(struct unknown *unknown, bool head_office, struct str issuer)
{
    unsigned char name[DIGEST_BYTES];
    bool has = false;
    int64_t now = clock_steady_ms();
    name_of(head_office, issuer, name);
    pthread_mutex_lock(&unknown->lock);
    for (size_t i = 0; i < UNKNOWN_MAX && !has; i++)
        has = unknown->ring[i].until_ms > now && !memcmp(unknown->ring[i].name, name, sizeof name);
    pthread_mutex_unlock(&unknown->lock);
    return has;
}
