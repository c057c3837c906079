/* A queue that is fair between tenants: each has a line of its own, and they are taken from in turn. Not locked. */
#ifndef INSULA_WORKER_FAIR_H
#define INSULA_WORKER_FAIR_H

#include "web/exchange.h"

#define FAIR_TENANT_BYTES (64L << 20) /* what may wait of one tenant, and of all: bodies, and FAIR_EACH_BYTES */
#define FAIR_ALL_BYTES    (256L << 20)
#define FAIR_EACH_BYTES   (32L << 10)

struct fair;

struct fair *fair_new(void);
/* Nobody waits any more. */
void fair_free(struct fair **fair);
/* x has a scope, and is the queue's from here on. ERROR_LIMIT "tenant_busy", ERROR_UNAVAILABLE "house_busy", both with
 * Retry-After: too much waits already; x stays the caller's. */
int fair_push(struct fair *fair, struct exchange *x, struct error *err);
/* The oldest of the tenant whose turn it is, of those that skips (NULL: none) does not pass over; NULL: nobody waits. */
typedef bool fair_skip(const void *self, struct tenant_id tenant);
struct exchange *fair_pop(struct fair *fair, fair_skip *skips, const void *self);
bool fair_waits(const struct fair *fair, struct tenant_id tenant);

#endif
