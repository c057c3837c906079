/* A locked queue of exchanges that ask for a turn, and the desks that admit them. */
#include "worker/gate.h"

#include "base/clock.h"
#include "worker/fair.h"

#include <pthread.h>

#define STUCK_MS 100

struct gate {
    pthread_mutex_t lock;
    struct fair *waiting;
    struct batch *staying; /* of the desks that are here */
};

struct gate *gate_new(void)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        abort();
    pthread_mutex_init(&gate->lock, NULL);
    gate->waiting = fair_new();
    return gate;
}

void gate_free(struct gate **gate)
{
    if (!*gate)
        return;
    pthread_mutex_destroy(&(*gate)->lock);
    fair_free(&(*gate)->waiting);
    free(*gate);
    *gate = NULL;
}

static bool is_of(const struct batch *batch, struct tenant_id tenant)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->tenants[i].v == tenant.v)
            return true;
    return false;
}

/* Is nobody here who will come to this tenant soon? */
static bool is_needed(const struct gate *gate, struct tenant_id tenant)
{
    int64_t now_ms = clock_steady_ms();
    for (const struct batch *b = gate->staying; b; b = b->next)
        if (now_ms - b->taken_ms <= STUCK_MS || is_of(b, tenant))
            return false;
    return true;
}

int gate_enter(struct gate *gate, struct exchange *x, struct batch *batch, bool *stays_out,
               struct error *err)
{
    struct tenant_id tenant = scope_tenant(x->scope);
    pthread_mutex_lock(&gate->lock);
    int status = fair_push(gate->waiting, x, err);
    *stays_out = status == 0 && is_needed(gate, tenant);
    if (*stays_out) {
        *batch = (struct batch){ .taken_ms = clock_steady_ms(), .next = gate->staying };
        gate->staying = batch;
    }
    pthread_mutex_unlock(&gate->lock);
    return status;
}

static void leave(struct gate *gate, struct batch *batch)
{
    struct batch **link = &gate->staying;
    while (*link != batch)
        link = &(*link)->next;
    *link = batch->next;
}

struct choice {
    const struct gate *gate;
    const struct batch *batch;
};

/* Who stays beside a desk that is stuck takes nobody of that desk's tenants, and one tenant at a
 * time: what a tenant's rows are locked by stops that tenant alone. */
static bool is_left(const void *arg, struct tenant_id tenant)
{
    const struct choice *choice = arg;
    const struct batch *mine = choice->batch;
    bool is_alone = choice->gate->staying == mine && !mine->next;
    for (const struct batch *b = choice->gate->staying; b; b = b->next)
        if (b != mine && is_of(b, tenant))
            return true;
    return !is_alone && mine->count > 0 && mine->tenants[0].v != tenant.v;
}

size_t gate_take(struct gate *gate, struct batch *batch)
{
    struct choice choice = { gate, batch };
    struct exchange *x;
    pthread_mutex_lock(&gate->lock);
    batch->count = 0;
    while (batch->count < ADMIT_MOST && (x = fair_pop(gate->waiting, is_left, &choice))) {
        batch->list[batch->count] = x;
        batch->tenants[batch->count++] = scope_tenant(x->scope);
    }
    if (batch->count)
        batch->taken_ms = clock_steady_ms();
    else
        leave(gate, batch);
    pthread_mutex_unlock(&gate->lock);
    return batch->count;
}
