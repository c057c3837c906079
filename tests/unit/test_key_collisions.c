/* Keys of caches, limits, the spool and logs (B13): two that are made of different things differ,
 * and whoever asks for one is never given what lies under another. The things are random, and made
 * to be confused: a few letters, separators among them, behind common beginnings of 20, 64 and
 * 1,000 bytes, so that ("ab", "c") and ("a", "bc") meet all the time. */
#include "bar.h"
#include "cache.h"
#include "chat/slots.h"
#include "crypto/digest.h"
#include "missing_kids.h"
#include "scope_new.h"
#include "spool_file.h"
#include "unknown.h"

#include <stdlib.h>

#define WORD_MAX  1008
#define PARTS_MAX 3

struct word {
    size_t len;
    char at[WORD_MAX];
};

static long tries, tried, good;
static struct arena *arena;
static struct error err;

static uint64_t random_number(void)
{
    static uint64_t state = 88172645463325252u; /* xorshift: the same every time */
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void random_word(struct word *out, size_t longest)
{
    static const size_t beginnings[] = { 0, 20, 64, 1000 };
    static const char letters[16] = "ab:/|,. \n\0\"\\%#=&";
    size_t beginning = beginnings[random_number() % 4];
    out->len = beginning < longest ? beginning : 0;
    memset(out->at, 'x', out->len);
    for (size_t n = random_number() % 7; n > 0; n--)
        out->at[out->len++] = letters[random_number() % sizeof letters];
}

static struct str text_of(const struct word *word)
{
    return (struct str){ word->at, word->len };
}

/* Few enough that they come again, and alike in their low bits. */
static struct tenant_id random_tenant(void)
{
    uint64_t r = random_number();
    return (struct tenant_id){ (uint32_t)(r % 16) << (r >> 8) % 28 };
}

static void count(bool is_good)
{
    tried++;
    good += is_good;
}

static void said(const char *what, long good_before, long tried_before)
{
    ok(good - good_before == tried - tried_before && tried > tried_before, "%s: %ld of %ld", what,
       good - good_before, tried - tried_before);
}

/* ---- a table of fingerprints: what each key was made of ---- */

struct seen {
    unsigned char key[16], things[16]; /* of SHA-256 */
    bool used;
};
static struct seen *table;
static size_t table_size;

static void fingerprint(const void *bytes, size_t n, unsigned char out[16])
{
    unsigned char digest[DIGEST_BYTES];
    digest_bytes((struct str){ bytes, n }, digest);
    memcpy(out, digest, 16);
}

/* Was this key never made of other things? things: written so that no two read alike. */
static bool is_own(struct str key, struct str things)
{
    struct seen now = { .used = true };
    fingerprint(key.at, key.len, now.key);
    fingerprint(things.at, things.len, now.things);
    size_t at;
    memcpy(&at, now.key, sizeof at);
    for (at %= table_size; table[at].used; at = (at + 1) % table_size)
        if (!memcmp(table[at].key, now.key, sizeof now.key))
            return !memcmp(table[at].things, now.things, sizeof now.things);
    table[at] = now;
    return true;
}

/* Each part as hex, its end marked: two lists that differ are written differently. */
static struct str spell(const struct word *words, size_t n, const char *first)
{
    static char out[PARTS_MAX * 2 * WORD_MAX + 64];
    static const char hex[] = "0123456789abcdef";
    size_t used = (size_t)snprintf(out, 64, "%s;", first);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < words[i].len; k++) {
            out[used++] = hex[(unsigned char)words[i].at[k] >> 4];
            out[used++] = hex[words[i].at[k] & 15];
        }
        out[used++] = ';';
    }
    return (struct str){ out, used };
}

static void made_keys(const char *what, bool (*one)(void))
{
    long good_before = good, tried_before = tried;
    memset(table, 0, table_size * sizeof *table);
    for (long i = 0; i < tries; i++)
        count(one());
    said(what, good_before, tried_before);
}

static bool a_digest(void)
{
    struct word words[PARTS_MAX];
    struct str parts[PARTS_MAX];
    unsigned char digest[DIGEST_BYTES];
    size_t n = 1 + random_number() % PARTS_MAX;
    for (size_t i = 0; i < n; i++) {
        random_word(&words[i], WORD_MAX);
        parts[i] = text_of(&words[i]);
    }
    digest_parts(parts, n, digest);
    return is_own((struct str){ (const char *)digest, sizeof digest }, spell(words, n, ""));
}

static bool a_user(void)
{
    struct word words[2]; /* issuer and subject */
    char number[16];
    struct tenant_id tenant = random_tenant();
    random_word(&words[0], WORD_MAX);
    random_word(&words[1], WORD_MAX);
    struct user_id user = user_derive(tenant, text_of(&words[0]), text_of(&words[1]));
    snprintf(number, sizeof number, "%u", tenant.v);
    return is_own((struct str){ (const char *)user.v.b, 16 }, spell(words, 2, number));
}

static struct uuid random_id(void)
{
    struct uuid id = { { 0 } };
    uint64_t r = random_number();
    memcpy(id.b + random_number() % 9, &r, 2); /* two bytes of 16: many are alike */
    return id;
}

static struct str spell_id(struct tenant_id tenant, struct uuid id)
{
    struct word word = { .len = sizeof id.b };
    char number[16];
    memcpy(word.at, id.b, sizeof id.b);
    snprintf(number, sizeof number, "%u", tenant.v);
    return spell(&word, 1, number);
}

static bool a_spool_file(void)
{
    struct turn_id turn = { random_id() };
    struct tenant_id tenant = random_tenant();
    struct spool_path path = spool_file_path("/spool", tenant, turn);
    return is_own(str_of(path.text), spell_id(tenant, turn.v));
}

static bool a_logged_user(void)
{
    static const struct auth auth = { .log_key = "a key of the house" };
    char hash[USER_HASH_MAX];
    struct user_id user = { random_id() };
    struct tenant_id tenant = random_tenant();
    struct arena *short_lived = arena_new(1 << 12);
    const struct tenant_scope *scope = scope_new(short_lived, tenant, user, ROLE_MEMBER);
    bool own = is_own(str_of(scope_user_hash(&auth, scope, hash)), spell_id(tenant, user.v));
    arena_free(&short_lived);
    return own;
}

/* ---- what lies under a key is its own ---- */

struct kept {
    struct record record;
    struct str key;
};

static int load(void *arg, struct str wanted, struct record *known, struct record **out,
                struct error *e)
{
    (void)arg, (void)e;
    if (known) {
        *out = record_hold(known);
        return 0;
    }
    struct arena *own = arena_new(1 << 12);
    struct kept *kept = arena_new_of(own, struct kept);
    atomic_init(&kept->record.holders, 1);
    kept->record.arena = own;
    kept->key = arena_copy(own, wanted);
    *out = &kept->record;
    return 0;
}

static void cached_records(void)
{
    struct cache *cache = cache_new(4096);
    long good_before = good, tried_before = tried;
    for (long i = 0; i < tries; i++) {
        struct word word;
        struct record *record;
        random_word(&word, WORD_MAX);
        if (cache_get(cache, text_of(&word), load, NULL, &record, &err) != 0) {
            count(word.len > CACHE_KEY_MAX);
            continue;
        }
        count(str_equal(((struct kept *)record)->key, text_of(&word)));
        record_release(&record);
    }
    cache_free(&cache);
    said("a cached record is that of its key", good_before, tried_before);
}

/* The words that a ring may know: at least the newest of what was added. */
static struct word added[UNKNOWN_MAX];
static bool added_flag[UNKNOWN_MAX];

static bool was_added(const struct word *word, bool flag, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (added_flag[i] == flag && str_equal(text_of(&added[i]), text_of(word)))
            return true;
    return false;
}

static void add_word(long i, size_t n, const struct word *word, bool flag)
{
    added[(size_t)i % n] = *word;
    added_flag[(size_t)i % n] = flag;
}

static void unknown_issuers(void)
{
    struct unknown *unknown = unknown_new();
    long good_before = good, tried_before = tried;
    memset(added_flag, 0, sizeof added_flag);
    memset(added, 0, sizeof added);
    for (long i = 0; i < tries; i++) {
        struct word word;
        random_word(&word, WORD_MAX);
        bool flag = random_number() & 1;
        const char *what = flag ? "operator" : "issuer";
        count(!unknown_has(unknown, what, text_of(&word)) || was_added(&word, flag, UNKNOWN_MAX));
        random_word(&word, WORD_MAX);
        unknown_add(unknown, what, text_of(&word));
        add_word(i, UNKNOWN_MAX, &word, flag);
    }
    unknown_free(&unknown);
    said("no issuer is unknown for another's sake", good_before, tried_before);
}

static void missing_key_ids(void)
{
    struct missing_kids missing = { 0 };
    long good_before = good, tried_before = tried;
    memset(added_flag, 0, sizeof added_flag);
    memset(added, 0, sizeof added);
    for (long i = 0; i < tries; i++) {
        struct word word;
        random_word(&word, WORD_MAX);
        count(missing_kids_has(&missing, text_of(&word), 1) ==
              was_added(&word, true, MISSING_KIDS));
        random_word(&word, WORD_MAX);
        missing_kids_add(&missing, text_of(&word), 2);
        add_word(i, MISSING_KIDS, &word, true);
    }
    said("no key id is missing for another's sake", good_before, tried_before);
}

/* Tenants whose numbers share a bucket: each has its own count. */
static void live_turns(void)
{
    enum { TENANTS = 64, SHARE = 3 };
    struct slots *slots = slots_new();
    int live[TENANTS] = { 0 };
    const struct tenant_scope *scopes[TENANTS];
    struct user_id user = { { { 0 } } };
    long good_before = good, tried_before = tried;
    for (uint32_t t = 0; t < TENANTS; t++)
        scopes[t] =
            scope_new(arena, (struct tenant_id){ 5 + t / 2 * 1024 + t % 2 }, user, ROLE_MEMBER);
    for (long i = 0; i < tries; i++) {
        size_t t = random_number() % TENANTS;
        if (random_number() & 1) {
            bool taken = slots_take(slots, scopes[t], TENANTS * SHARE, SHARE, &err) == 0;
            count(taken == (live[t] < SHARE));
            live[t] += taken;
        } else if (live[t]) {
            slots_give(slots, scopes[t]);
            live[t]--;
        }
    }
    slots_free(&slots);
    said("a tenant's share is full by its own turns alone", good_before, tried_before);
}

int main(void)
{
    tries = bar_rounds(150000, 1000000);
    table_size = (size_t)tries * 2 + 1;
    table = calloc(table_size, sizeof *table);
    arena = arena_new(1 << 20);
    if (!table)
        return 1;
    made_keys("digests of parts (unknown issuers, bodies of idempotent requests)", a_digest);
    made_keys("ids of people", a_user);
    made_keys("files of the spool", a_spool_file);
    made_keys("people in logs", a_logged_user);
    cached_records();
    unknown_issuers();
    missing_key_ids();
    live_turns();
    bar("B13", "keys of random things that no other things share", good, tried);
    free(table);
    arena_free(&arena);
    return done();
}
