/* The ledger: one thread with its own database connection. Takes all finished turns that wait (up to
 * 64), commits them in one transaction, marks their spools settled, then sends each its last event and ends
 * the request. Between batches it recovers what other workers left behind. */
#ifndef INSULA_WORKER_LEDGER_H
#define INSULA_WORKER_LEDGER_H

#include "worker/queue.h"

struct ledger;

int ledger_start(const struct house *house, struct ledger **out, struct error *err);
struct queue *ledger_queue(struct ledger *ledger);
/* Settles what waits (or gives it up to recovery after a few seconds), then returns. The relay must have
 * stopped. */
void ledger_stop(struct ledger **ledger);

#endif
