/* A locked list of exchanges that ask for a turn, and who admits them. */
#include "worker/gate.h"

#include "base/clock.h"

#include <pthread.h>

#define STUCK_MS 100

struct gate {
    pthread_mutex_t lock;
    struct exchange *first, **last; /* linked by queue_next */
    int desks;                      /* that stay here */
    int64_t taken_ms;               /* when one of them took somebody last */
};

struct gate *gate_new(void)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        abort();
    pthread_mutex_init(&gate->lock, NULL);
    gate->last = &gate->first;
    return gate;
}

void gate_free(struct gate **gate)
{
    if (!*gate)
        return;
    pthread_mutex_destroy(&(*gate)->lock);
    free(*gate);
    *gate = NULL;
}

bool gate_enter(struct gate *gate, struct exchange *x)
{
    x->queue_next = NULL;
    pthread_mutex_lock(&gate->lock);
    *gate->last = x;
    gate->last = &x->queue_next;
    int64_t now_ms = clock_steady_ms();
    bool stays = gate->desks == 0 || now_ms - gate->taken_ms > STUCK_MS;
    if (stays) {
        gate->desks++;
        gate->taken_ms = now_ms;
    }
    pthread_mutex_unlock(&gate->lock);
    return stays;
}

static struct exchange *pop(struct gate *gate)
{
    struct exchange *x = gate->first;
    if (x && !(gate->first = x->queue_next))
        gate->last = &gate->first;
    return x;
}

size_t gate_take(struct gate *gate, struct exchange *list[ADMIT_MOST])
{
    size_t count = 0;
    pthread_mutex_lock(&gate->lock);
    while (count < ADMIT_MOST && (list[count] = pop(gate)))
        count++;
    if (count)
        gate->taken_ms = clock_steady_ms();
    else
        gate->desks--;
    pthread_mutex_unlock(&gate->lock);
    return count;
}
