/* Counts live turns per tenant; taken by desks, given back by the ledger. */
#include "chat/slots.h"

#include <pthread.h>

#define BUCKETS 1024

struct slot {
    struct slot *next;
    struct tenant_id tenant;
    int live;
};

struct slots {
    pthread_mutex_t lock;
    int live;
    struct slot *buckets[BUCKETS];
};

struct slots *slots_new(void)
{
    struct slots *slots = calloc(1, sizeof *slots);
    if (!slots)
        abort();
    pthread_mutex_init(&slots->lock, NULL);
    return slots;
}

void slots_free(struct slots **slots)
{
    if (!*slots)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct slot *slot = (*slots)->buckets[i], *next; slot; slot = next) {
            next = slot->next;
            free(slot);
        }
    pthread_mutex_destroy(&(*slots)->lock);
    free(*slots);
    *slots = NULL;
}

/* The link to a tenant's slot, or to where it would go. */
static struct slot **slot_of(struct slots *slots, struct tenant_id tenant)
{
    struct slot **link = &slots->buckets[tenant.v % BUCKETS];
    while (*link && (*link)->tenant.v != tenant.v)
        link = &(*link)->next;
    return link;
}

static int refuse(struct error *err, enum error_kind kind, const char *code, const char *words)
{
    fail(err, kind, code, "%s", words);
    err->retry_after_ms = 1000;
    return -1;
}

static int take(struct slots *slots, struct tenant_id tenant, int most, int tenant_most,
                struct error *err)
{
    struct slot **link = slot_of(slots, tenant);
    if (slots->live >= most)
        return refuse(err, ERROR_UNAVAILABLE, "house_busy", "All streams are taken right now.");
    if (*link && (*link)->live >= tenant_most)
        return refuse(err, ERROR_LIMIT, "too_many_streams",
                      "This tenant has as many live streams as it may.");
    if (!*link) {
        if (!(*link = calloc(1, sizeof **link)))
            abort();
        (*link)->tenant = tenant;
    }
    (*link)->live++;
    slots->live++;
    return 0;
}

int slots_take(struct slots *slots, const struct tenant_scope *scope, int most, int tenant_most,
               struct error *err)
{
    int share = tenant_most > 0 ? tenant_most : most * 2 / 5;
    pthread_mutex_lock(&slots->lock);
    int status = take(slots, scope_tenant(scope), most, share > 0 ? share : 1, err);
    pthread_mutex_unlock(&slots->lock);
    return status;
}

void slots_give(struct slots *slots, const struct tenant_scope *scope)
{
    pthread_mutex_lock(&slots->lock);
    struct slot **link = slot_of(slots, scope_tenant(scope));
    if (*link) {
        struct slot *slot = *link;
        slots->live--;
        if (--slot->live == 0) {
            *link = slot->next;
            free(slot);
        }
    }
    pthread_mutex_unlock(&slots->lock);
}
