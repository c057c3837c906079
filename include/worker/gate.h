/* Where turns wait to be admitted. A desk brings an exchange here and is free again; the desk that finds nobody
 * at the gate stays and admits all who wait, until nobody does. So turns that come together share
 * a transaction, and one that comes alone waits for nobody and is not handed to another thread.
 *
 * One desk at the gate is enough, and makes the largest batches. But it may be stuck, in a row that
 * somebody has locked: whoever comes when it has taken nobody for a while stays beside it. */
#ifndef INSULA_WORKER_GATE_H
#define INSULA_WORKER_GATE_H

#include "web/exchange.h"

struct gate;

struct gate *gate_new(void);
void gate_free(struct gate **gate);
/* The exchange belongs to the gate now. True: the calling desk stays, and calls gate_take until that says 0. */
bool gate_enter(struct gate *gate, struct exchange *x);
/* The oldest that wait, at most ADMIT_MOST, are the caller's. 0: nobody waits, and the desk may go. */
size_t gate_take(struct gate *gate, struct exchange *list[ADMIT_MOST]);

#endif
