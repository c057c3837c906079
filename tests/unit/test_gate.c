/* The gate: whoever comes to an empty one admits all that wait, tenants in turn; nobody waits for
 * ever. */
#include "worker/gate.h"
#include "scope_new.h"
#include "tap.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

static struct gate *gate;
static struct arena *arena;

static const struct tenant_scope *scope_of(uint32_t tenant)
{
    struct user_id user = { { { 1 } } };
    return scope_new(arena, (struct tenant_id){ tenant }, user, ROLE_MEMBER);
}

/* Does the desk stay that brings this one? A tenant who has too many there tries again. */
static bool enters(struct exchange *x, struct batch *batch)
{
    struct error err;
    bool stays;
    while (gate_enter(gate, x, batch, &stays, &err) < 0)
        sched_yield();
    return stays;
}

static struct exchange *crowd(size_t count)
{
    struct exchange *all = calloc(count, sizeof *all);
    for (size_t i = 0; all && i < count; i++)
        all[i].scope = scope_of(1);
    return all;
}

static void pause_ms(long ms)
{
    struct timespec pause = { .tv_nsec = ms * 1000000 };
    nanosleep(&pause, NULL);
}

static void one_after_the_other(void)
{
    struct exchange *waiting = crowd(ADMIT_MOST + 3);
    struct batch mine, other;
    ok(enters(&waiting[0], &mine), "who comes to an empty gate stays");
    int stayed = 0, in_order = 0;
    for (size_t i = 1; i < ADMIT_MOST + 3; i++)
        stayed += enters(&waiting[i], &other);
    is_number(stayed, 0, "who comes while somebody is there leaves his behind");
    is_number(gate_take(gate, &mine), ADMIT_MOST, "the one who stays takes as many as go together");
    for (size_t i = 0; i < ADMIT_MOST; i++)
        in_order += mine.list[i] == &waiting[i];
    is_number(in_order, ADMIT_MOST, "the oldest first");
    ok(gate_take(gate, &mine) == 3 && mine.list[2] == &waiting[ADMIT_MOST + 2], "then the rest");
    is_number(gate_take(gate, &mine), 0, "then nobody is left");
    ok(enters(&waiting[0], &mine) && gate_take(gate, &mine) == 1 && gate_take(gate, &mine) == 0,
       "and the next one stays again");
    free(waiting);
}

static void tenants_in_turn(void)
{
    struct exchange *waiting = crowd(4);
    struct batch mine;
    waiting[3].scope = scope_of(2);
    for (size_t i = 0; i < 4; i++)
        enters(&waiting[i], &mine);
    ok(gate_take(gate, &mine) == 4 && mine.list[0] == &waiting[0] && mine.list[1] == &waiting[3],
       "one tenant's turn does not wait behind another's crowd");
    is_number(gate_take(gate, &mine), 0, "all went together");
    free(waiting);
}

/* The first desk is stuck with tenant 1; turns of 1, 2 and 3 come. */
static void stuck(void)
{
    struct exchange *waiting = crowd(6);
    struct batch first, second, third;
    for (size_t i = 2; i < 6; i++)
        waiting[i].scope = scope_of(i < 4 ? 2 : 3);
    ok(enters(&waiting[0], &first) && gate_take(gate, &first) == 1, "a desk takes tenant 1");
    ok(!enters(&waiting[2], &second), "one desk at the gate is enough");
    pause_ms(150);
    ok(!enters(&waiting[1], &second),
       "unless it has taken nobody for long; not with more of what it is stuck with");
    ok(enters(&waiting[4], &second), "but with another tenant's turn");
    ok(!enters(&waiting[3], &third) && !enters(&waiting[5], &third),
       "two are enough in their turn");
    ok(gate_take(gate, &second) == 2 && second.list[0] == &waiting[2] &&
           second.list[1] == &waiting[3],
       "beside it, one tenant is taken at a time: the oldest");
    ok(gate_take(gate, &second) == 2 && second.list[0] == &waiting[4], "then the next one");
    is_number(gate_take(gate, &second), 0, "never the one that another is stuck with");
    ok(gate_take(gate, &first) == 1 && first.list[0] == &waiting[1],
       "who takes his own when it goes on");
    is_number(gate_take(gate, &first), 0, "then nobody is left");
    free(waiting);
}

/* ---- four desks ---- */

#define EACH 20000

static _Atomic long taken;

static void *desk(void *arg)
{
    struct exchange *mine = arg;
    struct batch batch;
    for (size_t i = 0; i < EACH; i++)
        if (enters(&mine[i], &batch))
            while (gate_take(gate, &batch) > 0)
                taken += (long)batch.count;
    return NULL;
}

static void four_desks(void)
{
    pthread_t threads[4];
    struct exchange *all = crowd(4 * EACH);
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, desk, &all[i * EACH]);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    is_number(taken, 4 * EACH, "when all desks have gone, nobody was left behind");
    free(all);
}

int main(void)
{
    gate = gate_new();
    arena = arena_new(64 << 20);
    one_after_the_other();
    tenants_in_turn();
    stuck();
    four_desks();
    gate_free(&gate);
    arena_free(&arena);
    return done();
}
