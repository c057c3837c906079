/* The gate: whoever comes to an empty one admits all that wait; nobody waits for ever. */
#include "worker/gate.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static struct gate *gate;

static void pause_ms(long ms)
{
    struct timespec pause = { .tv_nsec = ms * 1000000 };
    nanosleep(&pause, NULL);
}

static void one_after_the_other(void)
{
    struct exchange waiting[ADMIT_MOST + 3] = { 0 }, *list[ADMIT_MOST];
    ok(gate_enter(gate, &waiting[0]), "who comes to an empty gate stays");
    int stayed = 0, in_order = 0;
    for (size_t i = 1; i < ADMIT_MOST + 3; i++)
        stayed += gate_enter(gate, &waiting[i]);
    is_number(stayed, 0, "who comes while somebody is there leaves his behind");
    is_number(gate_take(gate, list), ADMIT_MOST, "the one who stays takes as many as go together");
    for (size_t i = 0; i < ADMIT_MOST; i++)
        in_order += list[i] == &waiting[i];
    is_number(in_order, ADMIT_MOST, "the oldest first");
    ok(gate_take(gate, list) == 3 && list[2] == &waiting[ADMIT_MOST + 2], "then the rest");
    is_number(gate_take(gate, list), 0, "then nobody is left");
    ok(gate_enter(gate, &waiting[0]) && gate_take(gate, list) == 1 && gate_take(gate, list) == 0,
       "and the next one stays again");
}

static void stuck(void)
{
    struct exchange waiting[4] = { 0 }, *list[ADMIT_MOST];
    gate_enter(gate, &waiting[0]);
    gate_take(gate, list);
    ok(!gate_enter(gate, &waiting[1]), "one desk at the gate is enough");
    pause_ms(150);
    ok(gate_enter(gate, &waiting[2]), "unless it has taken nobody for long");
    ok(gate_take(gate, list) == 2 && list[0] == &waiting[1], "then another admits who waits");
    ok(!gate_enter(gate, &waiting[3]) && gate_take(gate, list) == 1, "and is enough in its turn");
    ok(gate_take(gate, list) == 0 && gate_take(gate, list) == 0, "both go when nobody is left");
    ok(gate_enter(gate, &waiting[0]) && gate_take(gate, list) == 1 && gate_take(gate, list) == 0,
       "and the gate is empty");
}

/* ---- four desks ---- */

#define EACH 20000

static _Atomic long taken;

static void *desk(void *arg)
{
    struct exchange *mine = arg, *list[ADMIT_MOST];
    for (size_t i = 0; i < EACH; i++)
        if (gate_enter(gate, &mine[i]))
            for (size_t count; (count = gate_take(gate, list)) > 0;)
                taken += (long)count;
    return NULL;
}

static void four_desks(void)
{
    pthread_t threads[4];
    struct exchange *all = calloc(4 * EACH, sizeof *all);
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
    one_after_the_other();
    stuck();
    four_desks();
    gate_free(&gate);
    return done();
}
