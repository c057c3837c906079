/* Lines of exchanges, one for each tenant that has somebody waiting. */
#include "worker/fair.h"

struct place {
    struct place *next;
    struct tenant_id tenant;
    long bytes;
    struct exchange *first, **last; /* linked by queue_next */
};

struct fair {
    long bytes;
    struct place *first; /* in the order in which tenants are taken from; none is empty */
};

struct fair *fair_new(void)
{
    struct fair *fair = calloc(1, sizeof *fair);
    if (!fair)
        abort();
    return fair;
}

void fair_free(struct fair **fair)
{
    free(*fair);
    *fair = NULL;
}

static long bytes_of(const struct exchange *x)
{
    return FAIR_EACH_BYTES + (long)x->request.body.len;
}

static struct place *place_find(const struct fair *fair, struct tenant_id tenant)
{
    struct place *place = fair->first;
    while (place && place->tenant.v != tenant.v)
        place = place->next;
    return place;
}

/* The others come first. */
static void put_at_end(struct fair *fair, struct place *place)
{
    struct place **link = &fair->first;
    while (*link)
        link = &(*link)->next;
    place->next = NULL;
    *link = place;
}

static struct place *place_make(struct fair *fair, struct tenant_id tenant)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        abort();
    place->tenant = tenant;
    place->last = &place->first;
    put_at_end(fair, place);
    return place;
}

static int refuse(struct error *err, enum error_kind kind, const char *code, const char *words)
{
    fail(err, kind, code, "%s", words);
    err->retry_after_ms = 1000;
    return -1;
}

int fair_push(struct fair *fair, struct exchange *x, struct error *err)
{
    struct tenant_id tenant = scope_tenant(x->scope);
    struct place *place = place_find(fair, tenant);
    if (place && place->bytes + bytes_of(x) > FAIR_TENANT_BYTES)
        return refuse(err, ERROR_LIMIT, "tenant_busy",
                      "This tenant has as many requests waiting as it may.");
    if (fair->bytes + bytes_of(x) > FAIR_ALL_BYTES)
        return refuse(err, ERROR_UNAVAILABLE, "house_busy", "Too many requests wait right now.");
    place = place ? place : place_make(fair, tenant);
    x->queue_next = NULL;
    *place->last = x;
    place->last = &x->queue_next;
    place->bytes += bytes_of(x);
    fair->bytes += bytes_of(x);
    return 0;
}

struct exchange *fair_pop(struct fair *fair, fair_skip *skips, const void *self)
{
    struct place **link = &fair->first;
    while (*link && skips && skips(self, (*link)->tenant))
        link = &(*link)->next;
    struct place *place = *link;
    if (!place)
        return NULL;
    struct exchange *x = place->first;
    *link = place->next;
    place->bytes -= bytes_of(x);
    fair->bytes -= bytes_of(x);
    if ((place->first = x->queue_next))
        put_at_end(fair, place);
    else
        free(place);
    return x;
}

bool fair_waits(const struct fair *fair, struct tenant_id tenant)
{
    return place_find(fair, tenant) != NULL;
}
