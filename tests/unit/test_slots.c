/* Live turns are counted: in all, per tenant, and by many threads at once. */
#include "chat/slots.h"
#include "scope_new.h"
#include "tap.h"

#include <pthread.h>
#include <stdatomic.h>

static struct arena *arena;
static struct error err;

static const struct tenant_scope *tenant(uint32_t n)
{
    static const struct user_id user = { { "0123456789abcdef" } };
    return scope_new(arena, (struct tenant_id){ n }, user, ROLE_MEMBER);
}

static int take_many(struct slots *slots, const struct tenant_scope *scope, int most, int share)
{
    int taken = 0;
    while (taken < 10000 && slots_take(slots, scope, most, share, &err) == 0)
        taken++;
    return taken;
}

static void a_tenant_has_its_share(void)
{
    struct slots *slots = slots_new();
    is_number(take_many(slots, tenant(1), 100, 0), 40,
              "two fifths of the house, if nothing is said");
    ok(err.kind == ERROR_LIMIT && !strcmp(err.code, "too_many_streams") && err.retry_after_ms > 0,
       "one more is the tenant's limit, worth a retry");
    is_number(take_many(slots, tenant(2), 100, 0), 40, "another tenant has its own");
    is_number(take_many(slots, tenant(3), 100, 0), 20, "the house's end comes first for the third");
    ok(err.kind == ERROR_UNAVAILABLE && !strcmp(err.code, "house_busy") && err.retry_after_ms > 0,
       "and is another error, worth a retry too");
    slots_give(slots, tenant(1));
    ok(slots_take(slots, tenant(3), 100, 0, &err) == 0, "what one gives back another may take");
    ok(slots_take(slots, tenant(3), 100, 0, &err) == -1, "once");
    slots_free(&slots);
    ok(!slots, "freed is NULL");
    slots_free(&slots);
}

static void a_tenants_own_limit_counts(void)
{
    struct slots *slots = slots_new();
    is_number(take_many(slots, tenant(1), 100, 7), 7, "a limit of its own");
    slots_give(slots, tenant(1));
    is_number(take_many(slots, tenant(1), 100, 7), 1, "given back, taken again");
    is_number(take_many(slots, tenant(2), 100, 1000), 93, "a large one ends at the house's");
    slots_free(&slots);
    slots = slots_new();
    is_number(take_many(slots, tenant(1), 1, 0), 1, "in the smallest house one turn is allowed");
    slots_free(&slots);
}

static void tenants_of_one_bucket_are_apart(void)
{
    struct slots *slots = slots_new();
    for (uint32_t n = 0; n < 8; n++)
        take_many(slots, tenant(5 + n * 1024), 1000, 3);
    is_number(take_many(slots, tenant(5 + 3 * 1024), 1000, 3), 0, "each is counted");
    slots_give(slots, tenant(5 + 3 * 1024));
    slots_give(slots, tenant(5 + 3 * 1024));
    slots_give(slots, tenant(5 + 3 * 1024));
    is_number(take_many(slots, tenant(5 + 3 * 1024), 1000, 3), 3, "and given back alone");
    is_number(take_many(slots, tenant(5 + 4 * 1024), 1000, 3), 0, "its neighbours stay");
    slots_free(&slots);
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 20000, MOST = 6, SHARE = 3 };

static struct slots *shared;
static atomic_int live, live_of[4], too_many, taken;

static void *work(void *arg)
{
    const struct tenant_scope *const *scopes = arg;
    struct error why;
    for (int i = 0; i < ROUNDS; i++) {
        int which = i % 4;
        if (slots_take(shared, scopes[which], MOST, SHARE, &why) < 0)
            continue;
        atomic_fetch_add(&taken, 1);
        if (atomic_fetch_add(&live, 1) >= MOST || atomic_fetch_add(&live_of[which], 1) >= SHARE)
            atomic_fetch_add(&too_many, 1);
        atomic_fetch_sub(&live_of[which], 1);
        atomic_fetch_sub(&live, 1);
        slots_give(shared, scopes[which]);
    }
    return NULL;
}

static void threads_never_pass_the_limits(void)
{
    pthread_t threads[THREADS];
    const struct tenant_scope *scopes[4];
    for (uint32_t i = 0; i < 4; i++)
        scopes[i] = tenant(i * 1024); /* one bucket: they share its list */
    shared = slots_new();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, scopes);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    is_number(too_many, 0, "never more than allowed, in the house or of a tenant");
    ok(taken > ROUNDS, "and many were taken (%d)", taken);
    is_number(take_many(shared, scopes[0], MOST, MOST), MOST, "in the end all are free");
    slots_free(&shared);
}

int main(void)
{
    arena = arena_new(1 << 20);
    a_tenant_has_its_share();
    a_tenants_own_limit_counts();
    tenants_of_one_bucket_are_apart();
    threads_never_pass_the_limits();
    arena_free(&arena);
    return done();
}
