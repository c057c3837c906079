/* Where turns wait to be admitted. A desk brings an exchange here and is free again; the desk that finds nobody
 * at the gate stays and admits all who wait, until nobody does. So turns that come together share
 * a transaction, and one that comes alone waits for nobody and is not handed to another thread.
 *
 * One desk at the gate is enough, and makes the largest batches. But it may be stuck, in a row that
 * somebody has locked: whoever comes when it has taken nobody for a while stays beside it, and takes
 * turns of other tenants than those it is stuck with. */
#ifndef INSULA_WORKER_GATE_H
#define INSULA_WORKER_GATE_H

#include "web/exchange.h"

struct gate;

/* What a desk at the gate admits at once; the desk's own, and the gate's to look at while it stays. */
struct batch {
    struct exchange *list[ADMIT_MOST];
    struct tenant_id tenants[ADMIT_MOST]; /* theirs */
    size_t count;
    int64_t taken_ms;
    struct batch *next;
};

struct gate *gate_new(void);
void gate_free(struct gate **gate);
/* The exchange belongs to the gate now. *stays_out: the calling desk stays with its batch, and calls gate_take until
 * that says 0. Fails as fair_push does; then the exchange is the caller's, who does not stay. */
int gate_enter(struct gate *gate, struct exchange *x, struct batch *batch, bool *stays_out,
               struct error *err);
/* Fills the batch with the oldest that wait, a tenant after the other; they are the caller's. 0: nobody waits who is
 * not another desk's to take, and the desk may go. */
size_t gate_take(struct gate *gate, struct batch *batch);

#endif
