/* The map behind the directory: who checks, who goes on with what is there, who is thrown out. */
#include "cache.h"

#include "base/clock.h"

#include <pthread.h>

#define BUCKETS 4096

struct entry {
    struct entry *next;          /* in the bucket */
    struct entry *newer, *older; /* by use */
    struct record *record;
    int64_t checked_ms; /* steady, taken before the check's first question */
    bool busy;          /* one thread is checking */
    size_t key_len;
    char key[CACHE_KEY_MAX];
};

struct cache {
    pthread_mutex_t lock;
    size_t count, capacity;
    struct entry *newest, *oldest;
    struct entry *buckets[BUCKETS];
};

struct record *record_hold(struct record *record)
{
    atomic_fetch_add(&record->holders, 1);
    return record;
}

void record_release(struct record **record)
{
    if (*record && atomic_fetch_sub(&(*record)->holders, 1) == 1) {
        struct arena *arena = (*record)->arena;
        arena_free(&arena);
    }
    *record = NULL;
}

struct cache *cache_new(size_t capacity)
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    pthread_mutex_init(&cache->lock, NULL);
    cache->capacity = capacity;
    return cache;
}

/* ---- the map; all under the lock ---- */

static struct entry **slot_of(struct cache *cache, struct str key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.at[i]) * 16777619u;
    struct entry **at = &cache->buckets[hash % BUCKETS];
    while (*at && !str_equal((struct str){ (*at)->key, (*at)->key_len }, key))
        at = &(*at)->next;
    return at;
}

static void unchain(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void chain_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct cache *cache, struct str key)
{
    struct entry **at = slot_of(cache, key), *entry = *at;
    if (!entry)
        return;
    *at = entry->next;
    unchain(cache, entry);
    record_release(&entry->record);
    free(entry);
    cache->count--;
}

static void put(struct cache *cache, struct str key, struct record *record, int64_t checked_ms)
{
    struct entry *entry = *slot_of(cache, key);
    if (!entry) {
        if (cache->count >= cache->capacity)
            drop(cache, (struct str){ cache->oldest->key, cache->oldest->key_len });
        if (!(entry = calloc(1, sizeof *entry)))
            abort();
        memcpy(entry->key, key.at, key.len);
        entry->key_len = key.len;
        *slot_of(cache, key) = entry;
        chain_newest(cache, entry);
        cache->count++;
    }
    if (entry->checked_ms > checked_ms && entry->record)
        return; /* another thread asked later and was quicker */
    record_release(&entry->record);
    entry->record = record_hold(record);
    entry->checked_ms = checked_ms;
    entry->busy = false;
}

void cache_free(struct cache **cache)
{
    if (!*cache)
        return;
    while ((*cache)->oldest)
        drop(*cache, (struct str){ (*cache)->oldest->key, (*cache)->oldest->key_len });
    pthread_mutex_destroy(&(*cache)->lock);
    free(*cache);
    *cache = NULL;
}

size_t cache_count(struct cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    size_t count = cache->count;
    pthread_mutex_unlock(&cache->lock);
    return count;
}

/* ---- getting ---- */

/* The record there, held, or NULL. *check: the caller is to check it. */
static struct record *look_up(struct cache *cache, struct str key, int64_t now_ms, bool *check)
{
    struct entry *entry = *slot_of(cache, key);
    *check = true;
    if (!entry)
        return NULL;
    unchain(cache, entry);
    chain_newest(cache, entry);
    int64_t age_ms = now_ms - entry->checked_ms;
    *check = age_ms >= CACHE_CHECK_MS && (!entry->busy || age_ms >= CACHE_FRESH_MS);
    if (*check)
        entry->busy = true;
    return record_hold(entry->record);
}

/* A failed check: the record stays for as long as it may, and the next caller checks again. */
static bool may_serve(struct cache *cache, struct str key, int64_t now_ms)
{
    struct entry *entry = *slot_of(cache, key);
    if (!entry)
        return false;
    entry->busy = false;
    return now_ms - entry->checked_ms < CACHE_STALE_MS;
}

/* 0: the loaded record counts; 1: the known one serves on; -1: nothing to serve. */
static int settle(struct cache *cache, struct str key, struct record *known, struct record *loaded,
                  int64_t started_ms, const struct error *err)
{
    if (loaded) {
        put(cache, key, loaded, started_ms);
        return 0;
    }
    if (err->kind == ERROR_NOT_FOUND)
        drop(cache, key);
    else if (may_serve(cache, key, started_ms) && known)
        return 1;
    return -1;
}

int cache_get(struct cache *cache, struct str key, cache_load *load, void *arg, struct record **out,
              struct error *err)
{
    struct record *known, *loaded = NULL;
    int64_t now_ms = clock_steady_ms();
    bool check;
    if (key.len > CACHE_KEY_MAX)
        return fail(err, ERROR_NOT_FOUND, "not_found", "No such name.");
    pthread_mutex_lock(&cache->lock);
    known = look_up(cache, key, now_ms, &check);
    pthread_mutex_unlock(&cache->lock);
    if (!check) {
        *out = known;
        return 0;
    }
    if (load(arg, key, known, &loaded, err))
        loaded = NULL;
    pthread_mutex_lock(&cache->lock);
    int status = settle(cache, key, known, loaded, now_ms, err);
    pthread_mutex_unlock(&cache->lock);
    if (status > 0)
        loaded = known;
    else
        record_release(&known);
    if (status >= 0)
        *out = loaded;
    return status < 0 ? -1 : 0;
}
