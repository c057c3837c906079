/* One pool of upstream connections per tenant, so that none is ever shared between two; a pool that
 * is idle for long, or belongs to an older configuration of its tenant, is closed. */
#include "relay.h"

#include "base/clock.h"

#define IDLE_MS 120000

struct tenant_pool {
    struct tenant_pool *next;
    struct tenant_id tenant;
    int64_t generation;
    int64_t used_ms;
    struct pool *pool;
};

struct pool *pools_find(struct relay *relay, const struct tenant *tenant, struct error *err)
{
    struct tenant_pool *p = relay->pools;
    while (p && (p->tenant.v != tenant->id.v || p->generation != tenant->generation))
        p = p->next;
    if (!p) {
        struct pool *pool;
        if (pool_new(relay->loop, &pool, err) < 0)
            return NULL;
        if (!(p = calloc(1, sizeof *p)))
            abort();
        *p = (struct tenant_pool){ relay->pools, tenant->id, tenant->generation, 0, pool };
        relay->pools = p;
    }
    p->used_ms = clock_steady_ms();
    return p->pool;
}

static void drop(struct tenant_pool **link)
{
    struct tenant_pool *p = *link;
    *link = p->next;
    pool_free(&p->pool);
    free(p);
}

int pools_tick(struct relay *relay, int64_t now_ms)
{
    int due_ms = TICK_MS;
    for (struct tenant_pool **link = &relay->pools; *link;) {
        int due = pool_tick((*link)->pool);
        due_ms = due < due_ms ? due : due_ms;
        if (pool_transfers((*link)->pool) == 0 && now_ms - (*link)->used_ms > IDLE_MS)
            drop(link);
        else
            link = &(*link)->next;
    }
    return due_ms;
}

void pools_free(struct relay *relay)
{
    while (relay->pools)
        drop(&relay->pools);
}
