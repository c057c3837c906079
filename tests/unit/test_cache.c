/* The directory's cache: bounded, checked every 300 ms by one thread, serving for a while without a
 * database, forgetting what is gone. */
#include "base/clock.h"
#include "cache.h"
#include "tap.h"

#include <pthread.h>
#include <unistd.h>

struct number {
    struct record record;
    int value;
};

/* What the pretended database says. */
static atomic_int value_now = 1, loads, live;
static enum error_kind failure;
static int load_takes_ms;

static void count_down(void *thing)
{
    (void)thing;
    live--;
}

static int load(void *arg, struct str key, struct record *known, struct record **out,
                struct error *err)
{
    (void)arg;
    (void)key;
    loads++;
    usleep((useconds_t)load_takes_ms * 1000);
    if (failure)
        return fail(err, failure, "test", "As the test wants it.");
    if (known && ((struct number *)known)->value == value_now) {
        *out = record_hold(known);
        return 0;
    }
    struct arena *arena = arena_new(4096);
    struct number *number = arena_new_of(arena, struct number);
    atomic_init(&number->record.holders, 1);
    number->record.arena = arena;
    number->value = value_now;
    arena_defer(arena, count_down, NULL);
    live++;
    *out = &number->record;
    return 0;
}

/* The value, or minus the error's kind. */
static int get(struct cache *cache, const char *key)
{
    struct record *record;
    struct error err;
    if (cache_get(cache, str_of(key), load, NULL, &record, &err))
        return -(int)err.kind;
    int value = ((struct number *)record)->value;
    record_release(&record);
    return value;
}

static void changes_show(struct cache *cache)
{
    is_number(get(cache, "a"), 1, "a record is loaded");
    is_number(get(cache, "a"), 1, "and is there");
    is_number(loads, 1, "with one load");
    value_now = 2;
    is_number(get(cache, "a"), 1, "a change does not show at once");
    usleep(320 * 1000);
    is_number(get(cache, "a"), 2, "but after 300 ms");
    is_number(loads, 2, "with one load");
    usleep(320 * 1000);
    is_number(get(cache, "a"), 2, "an unchanged record is kept");
    is_number(live, 1, "and the old one is gone");
}

static void held_records_live(struct cache *cache)
{
    struct record *record;
    struct error err;
    cache_get(cache, STR("held"), load, NULL, &record, &err);
    value_now = 3;
    usleep(320 * 1000);
    is_number(get(cache, "held"), 3, "another has the new version");
    is_number(((struct number *)record)->value, 2, "who holds the old one has the old one");
    record_release(&record);
    ok(!record, "and gives it back");
}

static void failures(struct cache *cache)
{
    failure = ERROR_UNAVAILABLE;
    usleep(320 * 1000);
    is_number(get(cache, "a"), 2, "without a database the record serves on");
    is_number(get(cache, "new"), -ERROR_UNAVAILABLE, "what is not there cannot be had");
    failure = ERROR_NOT_FOUND;
    is_number(get(cache, "a"), -ERROR_NOT_FOUND, "what is gone is not found");
    failure = ERROR_NONE;
    size_t before = cache_count(cache);
    is_number(get(cache, "a"), 3, "what is back is found");
    is_number((int)(cache_count(cache) - before), 1, "and had been forgotten");
    char key[CACHE_KEY_MAX + 2];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = 0;
    is_number(get(cache, key), -ERROR_NOT_FOUND, "a key that is too long is nobody's");
}

static void it_is_bounded(void)
{
    struct cache *cache = cache_new(100);
    char key[20];
    int before = live;
    get(cache, "kept");
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        get(cache, key);
        get(cache, "kept");
    }
    is_number((int)cache_count(cache), 100, "1,000 keys leave 100 records");
    is_number(live - before, 100, "and no more memory");
    int loaded = loads;
    get(cache, "kept");
    get(cache, "999");
    get(cache, "950");
    is_number(loads, loaded, "those used last are there");
    get(cache, "1");
    is_number(loads, loaded + 1, "those used long ago are not");
    cache_free(&cache);
    is_number(live, before, "the end frees all");
}

static void *get_slowly(void *cache)
{
    get(cache, "slow");
    return NULL;
}

static void one_thread_checks(void)
{
    struct cache *cache = cache_new(10);
    pthread_t checker;
    get(cache, "slow");
    usleep(320 * 1000);
    load_takes_ms = 400;
    int before = loads;
    pthread_create(&checker, NULL, get_slowly, cache);
    usleep(100 * 1000);
    int64_t start = clock_steady_ms();
    for (int i = 0; i < 100; i++)
        get(cache, "slow");
    ok(clock_steady_ms() - start < 200, "nobody waits for a check");
    pthread_join(checker, NULL);
    is_number(loads - before, 1, "and one thread made it");
    load_takes_ms = 0;
    cache_free(&cache);
}

static void *get_many(void *cache)
{
    char key[8];
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "%d", i % 30);
        value_now = i % 7;
        get(cache, key);
    }
    return NULL;
}

static void threads_do_not_disturb(void)
{
    struct cache *cache = cache_new(20);
    pthread_t threads[4];
    int before = live;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, get_many, cache);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ok(cache_count(cache) <= 20, "four threads keep the bound");
    cache_free(&cache);
    is_number(live, before, "and every record is freed once");
}

int main(void)
{
    struct cache *cache = cache_new(100);
    changes_show(cache);
    held_records_live(cache);
    failures(cache);
    cache_free(&cache);
    cache_free(&cache);
    is_number(live, 0, "the end frees all");
    it_is_bounded();
    one_thread_checks();
    threads_do_not_disturb();
    return done();
}
