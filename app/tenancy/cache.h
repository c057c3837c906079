/* A bounded, locked map from short keys to shared records that are checked again when they age.
 *
 * A record is immutable and counted; who got one gives it back. When one is older than its check
 * interval, one thread checks it and the others go on with what is there; when the check fails for
 * want of a database, the old record serves on for a while. The one used longest ago goes first. */
#ifndef INSULA_APP_TENANCY_CACHE_H
#define INSULA_APP_TENANCY_CACHE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdint.h>

#define CACHE_CHECK_MS      300        /* older: ask the database whether it still holds */
#define CACHE_FRESH_MS      700        /* older: nobody goes on with it while another checks */
#define CACHE_STALE_MS      (60 * 1000) /* older without an answer: serve it no longer */
#define CACHE_INCOMPLETE_MS 5000       /* an incomplete record is made anew this often */
#define CACHE_KEY_MAX       256

/* Embedded first in what is cached. The arena holds the record itself. */
struct record {
    atomic_int holders;
    struct arena *arena;
    bool incomplete;    /* a part of it did not open or was not valid: it may come good unchanged */
    int64_t made_ms;    /* steady */
};

struct record *record_hold(struct record *record);
void record_release(struct record **record); /* NULL is fine */

struct cache;
struct cache *cache_new(size_t capacity);
void cache_free(struct cache **cache);
size_t cache_count(struct cache *cache);

/* Makes the record for a key, with one holder, or says that `known` still holds by giving it back
 * (held once more). known may be NULL. ERROR_NOT_FOUND: the key is forgotten. */
typedef int cache_load(void *arg, struct str key, struct record *known, struct record **out,
                       struct error *err);

/* Holds *out for the caller. Fails with the kinds of load. */
int cache_get(struct cache *cache, struct str key, cache_load *load, void *arg,
              struct record **out, struct error *err);

#endif
