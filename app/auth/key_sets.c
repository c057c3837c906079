/* The key sets that one process knows, shared by its desks, for authenticate().
 *
 * One desk at a time looks at a source; the others go on with the document that is there, so
 * neither a slow issuer nor a flood of unknown kids holds up people whose kid is known. */
#include "key_source.h"

#include "base/clock.h"
#include "crypto/signature.h"
#include "missing_kids.h"
#include "token_rules.h"

#include <errno.h>
#include <pthread.h>

#define BUCKETS     1024
#define ENTRIES_MAX 4096
#define URL_GAP_MS  300  /* between two looks at the shared row */
#define FILE_GAP_MS 1000 /* between two looks at a file */
#define PATIENCE_MS 1000 /* how long a desk waits for another's look */

struct entry {
    struct entry *next;
    struct idp_id id;
    char *place;          /* the URL or path; another one makes the entry void */
    struct key_set *set;  /* NULL: none yet */
    int64_t good_unix_ms; /* of the set */
    struct file_mark mark;
    int64_t own_attempt_ms;
    struct missing_kids missing;
    int64_t looked_ms, used_ms; /* steady */
    bool busy;                  /* one desk is looking */
    int pins;                   /* desks that are in key_sets_find with it */
};

struct key_sets {
    pthread_mutex_t lock;
    pthread_cond_t looked;
    struct entry *buckets[BUCKETS];
    size_t count;
};

struct wanted {
    struct db *db;
    const struct identity_provider *provider;
    struct str kid, alg;
};

struct key_sets *key_sets_new(void)
{
    struct key_sets *sets = calloc(1, sizeof *sets);
    pthread_condattr_t steady;
    if (!sets)
        abort();
    pthread_mutex_init(&sets->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&sets->looked, &steady);
    pthread_condattr_destroy(&steady);
    return sets;
}

static void drop_set(struct key_set **set)
{
    if (*set && --(*set)->holders == 0)
        key_set_drop(*set);
    *set = NULL;
}

static void unlink_entry(struct key_sets *sets, struct entry **at)
{
    struct entry *entry = *at;
    *at = entry->next;
    drop_set(&entry->set);
    free(entry->place);
    free(entry);
    sets->count--;
}

void key_sets_free(struct key_sets **sets)
{
    if (!*sets)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while ((*sets)->buckets[i])
            unlink_entry(*sets, &(*sets)->buckets[i]);
    pthread_cond_destroy(&(*sets)->looked);
    pthread_mutex_destroy(&(*sets)->lock);
    free(*sets);
    *sets = NULL;
}

/* ---- entries; all under the lock ---- */

static void drop_oldest(struct key_sets *sets)
{
    struct entry **oldest = NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **at = &sets->buckets[i]; *at; at = &(*at)->next)
            if (!(*at)->pins && (!oldest || (*at)->used_ms < (*oldest)->used_ms))
                oldest = at;
    if (oldest)
        unlink_entry(sets, oldest);
}

static const char *place_of(const struct identity_provider *provider)
{
    return provider->key_set_file ? provider->key_set_file : provider->key_set_url;
}

static struct entry *add_entry(struct key_sets *sets, struct entry **bucket,
                               const struct identity_provider *provider)
{
    if (sets->count >= ENTRIES_MAX)
        drop_oldest(sets);
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry || !(entry->place = strdup(place_of(provider))))
        abort();
    entry->id = provider->id;
    entry->looked_ms = INT64_MIN / 2;
    entry->next = *bucket;
    *bucket = entry;
    sets->count++;
    return entry;
}

/* A provider whose address was changed gets a new entry; the old one ages away. */
static struct entry *entry_of(struct key_sets *sets, const struct identity_provider *provider)
{
    const unsigned char *b = provider->id.v.b;
    struct entry **bucket = &sets->buckets[(b[14] << 8 | b[15]) % BUCKETS];
    for (struct entry *entry = *bucket; entry; entry = entry->next)
        if (idp_id_equal(entry->id, provider->id) && !strcmp(entry->place, place_of(provider)))
            return entry;
    return add_entry(sets, bucket, provider);
}

/* ---- what is known, and whether to look again; all under the lock ---- */

static bool is_usable(const struct entry *entry)
{
    return entry->set && clock_unix_ms() - entry->good_unix_ms < KEY_SET_STALE_MS;
}

/* Where a key names no alg, it is bound to the narrowest of its kind that the issuer may use. */
static bool is_narrowest(const struct identity_provider *provider, const struct key *key,
                         struct str alg)
{
    for (const char *const *name = signature_names; *name; name++)
        if (signature_fits(*name, key->public) && strstr(provider->algorithms, *name))
            return str_is(alg, *name);
    return false;
}

static const struct key *known_key(const struct entry *entry, const struct wanted *wanted)
{
    if (!is_usable(entry))
        return NULL;
    const struct key *key =
        key_set_find(entry->set->keys, entry->set->count, wanted->kid, wanted->alg);
    return key && (key->alg || is_narrowest(wanted->provider, key, wanted->alg)) ? key : NULL;
}

static bool must_look(const struct entry *entry, const struct wanted *wanted)
{
    int64_t since = clock_steady_ms() - entry->looked_ms;
    if (wanted->provider->key_set_file)
        return since >= FILE_GAP_MS;
    if (since < URL_GAP_MS)
        return false;
    if (!is_usable(entry) || clock_unix_ms() - entry->good_unix_ms >= KEY_SET_TTL_MS)
        return true;
    return !known_key(entry, wanted) &&
           !missing_kids_has(&entry->missing, wanted->kid, clock_unix_ms());
}

/* ---- one desk's look ---- */

static void take_source(struct entry *entry, const struct key_source *source)
{
    if (source->fresh) {
        drop_set(&entry->set);
        entry->set = source->fresh;
        memset(&entry->missing, 0, sizeof entry->missing);
    }
    entry->good_unix_ms = source->good_unix_ms;
    entry->mark = source->mark;
    entry->own_attempt_ms = source->own_attempt_ms;
}

/* Called with the lock, which is free while the look lasts. */
static int look(struct key_sets *sets, struct entry *entry, const struct wanted *wanted,
                struct error *err)
{
    int status = 0;
    struct key_source source = { .held = entry->set,
                                 .good_unix_ms = entry->good_unix_ms,
                                 .mark = entry->mark,
                                 .own_attempt_ms = entry->own_attempt_ms };
    entry->busy = true;
    pthread_mutex_unlock(&sets->lock);
    if (wanted->provider->key_set_file)
        key_source_look_file(wanted->provider->key_set_file, &source);
    else
        status = key_source_look_url(wanted->db, wanted->provider, wanted->kid, wanted->alg,
                                     &source, err);
    pthread_mutex_lock(&sets->lock);
    take_source(entry, &source);
    entry->busy = false;
    entry->looked_ms = clock_steady_ms();
    if (!status && !source.in_progress && !known_key(entry, wanted))
        missing_kids_add(&entry->missing, wanted->kid, source.attempted_ms + KEY_SET_COOLDOWN_MS);
    pthread_cond_broadcast(&sets->looked);
    return status;
}

static void await_look(struct key_sets *sets, const struct entry *entry)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    while (entry->busy && pthread_cond_timedwait(&sets->looked, &sets->lock, &until) != ETIMEDOUT)
        continue;
}

static const struct key *find(struct key_sets *sets, struct entry *entry,
                              const struct wanted *wanted, struct error *err)
{
    int status = 0;
    if (entry->busy && !known_key(entry, wanted))
        await_look(sets, entry);
    else if (!entry->busy && must_look(entry, wanted))
        status = look(sets, entry, wanted, err);
    const struct key *key = known_key(entry, wanted);
    if (key)
        return key;
    if (is_usable(entry)) {
        token_refuse(err, "no key of the issuer's has this kid and alg");
    } else if (!status) {
        fail(err, ERROR_UNAVAILABLE, "key_set_unavailable", "The issuer's keys cannot be had now.");
        err->retry_after_ms = PATIENCE_MS;
    }
    return NULL;
}

int key_sets_find(struct key_sets *sets, struct db *db, const struct identity_provider *provider,
                  struct str kid, struct str alg, struct arena *arena, struct key *out,
                  struct error *err)
{
    struct wanted wanted = { db, provider, kid, alg };
    if (!place_of(provider))
        return token_refuse(err, "its issuer has no key set");
    pthread_mutex_lock(&sets->lock);
    struct entry *entry = entry_of(sets, provider);
    entry->pins++;
    entry->used_ms = clock_steady_ms();
    const struct key *key = find(sets, entry, &wanted, err);
    if (key)
        *out = (struct key){ arena_copy(arena, key->kid), key->alg,
                             public_key_share(key->public, arena) };
    entry->pins--;
    pthread_mutex_unlock(&sets->lock);
    return key ? 0 : -1;
}
