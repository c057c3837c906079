/* The breakers of all providers in one mapped table, found by a hash of the provider's id. */
#include "base/breakers.h"

#include "base/metrics.h"
#include "shared.h"

#include <stdatomic.h>
#include <unistd.h>

#define SLOTS      4096
#define PROBES     64 /* places that an id may have; when all are others', it has no breaker */
#define WINDOW_MS  30000
#define COUNT_MOST 0xffff
#define ALARM_MS   600000
#define TOLD_MOST  100

/* One word each, so that a change is one exchange and whoever dies leaves none half made. */
struct slot {
    _Atomic uint64_t key; /* of the id; 0: free */
    _Atomic uint64_t id[2];
    _Atomic uint64_t
        state; /* since when, by the steady clock, and an enum breaker_state in the last bits */
    _Atomic uint64_t window; /* which half minute; in it, how many failed and how many there were */
    _Atomic int64_t refused_unix_ms, alarmed_unix_ms;
    _Atomic uint64_t spare;
};

static struct slot *slots; /* NULL: not opened */

int breakers_open(const char *run_dir, bool make, struct error *err)
{
    void *map;
    int fd;
    if (shared_map(run_dir, "breakers", SLOTS * sizeof(struct slot), make, &fd, &map, err))
        return -1;
    close(fd);
    slots = map;
    return 0;
}

/* ---- places ---- */

static uint64_t key_of(const uint64_t id[2])
{
    uint64_t x = id[0] * UINT64_C(0x9e3779b97f4a7c15) ^ id[1];
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x ? x : 1;
}

/* NULL: there is none, or (make) no room for it. Two workers that make one at once agree. */
static struct slot *slot_of(struct provider_id provider, bool make)
{
    uint64_t id[2];
    memcpy(id, provider.v.b, sizeof id);
    uint64_t key = key_of(id);
    for (uint64_t i = 0; slots && i < PROBES; i++) {
        struct slot *slot = &slots[(key + i) % SLOTS];
        uint64_t found = atomic_load(&slot->key);
        if (found == 0 && (!make || atomic_compare_exchange_strong(&slot->key, &found, key))) {
            if (!make)
                return NULL;
            atomic_store(&slot->id[0], id[0]);
            atomic_store(&slot->id[1], id[1]);
            return slot;
        }
        if (found == key)
            return slot;
    }
    return NULL;
}

/* ---- the state ---- */

static uint64_t state_at(enum breaker_state state, int64_t now_ms)
{
    return (uint64_t)now_ms << 2 | state;
}

static enum breaker_state state_in(uint64_t word)
{
    return (enum breaker_state)(word & 3);
}

static int64_t since_ms(uint64_t word)
{
    return (int64_t)(word >> 2);
}

int breaker_wait_ms(struct provider_id provider, const struct breaker_rules *rules, int64_t now_ms)
{
    struct slot *slot = rules->failures ? slot_of(provider, false) : NULL;
    uint64_t word = slot ? atomic_load(&slot->state) : 0;
    if (state_in(word) == BREAKER_CLOSED)
        return 0;
    int64_t gone_ms = now_ms - since_ms(word); /* below 0: of before the machine's last start */
    if (gone_ms >= 0 && gone_ms < rules->open_ms)
        return (int)(rules->open_ms - gone_ms);
    if (atomic_compare_exchange_strong(&slot->state, &word, state_at(BREAKER_HALF_OPEN, now_ms)))
        return 0;
    return rules->open_ms; /* somebody else is trying */
}

/* Counts in the half minute of now; true: so many failed that it must open. */
static bool count(struct slot *slot, const struct breaker_rules *rules, int64_t now_ms, bool failed)
{
    uint64_t this = (uint64_t)(now_ms / WINDOW_MS) & 0xffffffff, word = atomic_load(&slot->window);
    uint64_t failures, all;
    do {
        bool is_new = word >> 32 != this;
        failures = is_new ? 0 : word >> 16 & COUNT_MOST;
        all = is_new ? 0 : word & COUNT_MOST;
        if (all == COUNT_MOST) /* half of both says the same */
            failures /= 2, all /= 2;
        failures += failed;
        all++;
    } while (
        !atomic_compare_exchange_weak(&slot->window, &word, this << 32 | failures << 16 | all));
    return failed && failures >= (uint64_t)rules->failures && failures * 2 >= all;
}

static void open_from(struct slot *slot, uint64_t word, int64_t now_ms)
{
    if (atomic_compare_exchange_strong(&slot->state, &word, state_at(BREAKER_OPEN, now_ms)))
        metrics_add(METRIC_BREAKERS_OPENED, 1);
}

/* What an open one hears is of a request from before. */
void breaker_tell(struct provider_id provider, const struct breaker_rules *rules, int64_t now_ms,
                  enum breaker_news news)
{
    struct slot *slot = slot_of(provider, rules->failures > 0);
    if (slot && news == BREAKER_ANSWERED)
        atomic_store(&slot->refused_unix_ms, 0);
    if (!slot || !rules->failures)
        return;
    uint64_t word = atomic_load(&slot->state);
    if (state_in(word) == BREAKER_CLOSED) {
        if (count(slot, rules, now_ms, news == BREAKER_FAILED))
            open_from(slot, word, now_ms);
    } else if (state_in(word) == BREAKER_HALF_OPEN && news == BREAKER_FAILED)
        open_from(slot, word, now_ms);
    else if (state_in(word) == BREAKER_HALF_OPEN) {
        atomic_store(&slot->window, 0);
        atomic_compare_exchange_strong(&slot->state, &word, state_at(BREAKER_CLOSED, now_ms));
    }
}

/* ---- the credential ---- */

bool breaker_refused(struct provider_id provider, int64_t now_unix_ms)
{
    struct slot *slot = slot_of(provider, true);
    int64_t never = 0;
    if (!slot)
        return true;
    atomic_compare_exchange_strong(&slot->refused_unix_ms, &never, now_unix_ms);
    int64_t alarmed = atomic_load(&slot->alarmed_unix_ms);
    if (never && alarmed <= now_unix_ms && now_unix_ms - alarmed < ALARM_MS)
        return false;
    return atomic_compare_exchange_strong(&slot->alarmed_unix_ms, &alarmed, now_unix_ms);
}

void breaker_forget(struct provider_id provider)
{
    struct slot *slot = slot_of(provider, false);
    if (!slot)
        return;
    atomic_store(&slot->refused_unix_ms, 0);
    atomic_store(&slot->window, 0);
    atomic_store(&slot->state, 0);
}

/* ---- for people ---- */

bool breaker_find(struct provider_id provider, struct breaker *out)
{
    struct slot *slot = slot_of(provider, false);
    if (!slot)
        return false;
    *out = (struct breaker){ state_in(atomic_load(&slot->state)),
                             atomic_load(&slot->refused_unix_ms) };
    return true;
}

static void write_gauge(struct text *out, const char *name, const char *help,
                        int (*value_of)(struct slot *slot))
{
    char text[ID_TEXT_MAX];
    int told = 0;
    text_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
    for (int i = 0; slots && i < SLOTS && told < TOLD_MOST; i++) {
        int value = atomic_load(&slots[i].key) ? value_of(&slots[i]) : 0;
        struct provider_id id;
        uint64_t halves[2] = { atomic_load(&slots[i].id[0]), atomic_load(&slots[i].id[1]) };
        memcpy(id.v.b, halves, sizeof halves);
        if (value)
            text_addf(out, "%s{provider=\"%s\"} %d\n", name, provider_id_text(id, text), value);
        told += value != 0;
    }
}

static int state_value(struct slot *slot)
{
    return state_in(atomic_load(&slot->state));
}

static int refused_value(struct slot *slot)
{
    return atomic_load(&slot->refused_unix_ms) != 0;
}

void breakers_write(struct text *out)
{
    write_gauge(out, "insula_provider_breaker", "Breakers that are open (1) or half open (2)",
                state_value);
    write_gauge(out, "insula_provider_refused", "Providers that refuse their credential",
                refused_value);
}
