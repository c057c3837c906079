/* Remembers for some seconds which budgets did not have room for all; for admission. */
#include "tight.h"

#include "base/clock.h"

#define SLOTS    256
#define TIGHT_MS 10000

/* Direct-mapped: a tenant that is forgotten for another costs one attempt more. */
struct tight {
    struct tenant_id tenant;
    int64_t until_ms;
};
static _Thread_local struct tight slots[SLOTS];

static struct tight *slot_of(struct tenant_id tenant)
{
    return &slots[tenant.v % SLOTS];
}

bool budget_is_tight(struct tenant_id tenant)
{
    const struct tight *slot = slot_of(tenant);
    return slot->tenant.v == tenant.v && clock_steady_ms() < slot->until_ms;
}

void budget_set_tight(struct tenant_id tenant, bool is_tight)
{
    if (is_tight)
        *slot_of(tenant) = (struct tight){ tenant, clock_steady_ms() + TIGHT_MS };
    else if (slot_of(tenant)->tenant.v == tenant.v)
        *slot_of(tenant) = (struct tight){ 0 };
}
