/* The relay: one thread that holds every live stream of the worker. It never touches the database and
 * never blocks. It starts each turn's transfer, passes its events to the client while the client takes
 * them, pauses that one transfer otherwise, notices a client that leaves, keeps the deadlines, and
 * hands each turn to the ledger when it is over. It also serves those who follow a spool. */
#ifndef INSULA_WORKER_RELAY_H
#define INSULA_WORKER_RELAY_H

#include "worker/queue.h"

struct relay;

/* The queue's loop is the relay's own; desks push into relay_queue(). */
int relay_start(struct house *house, struct queue *ledger, struct relay **out, struct error *err);
struct queue *relay_queue(struct relay *relay);
/* Lets live turns go on for at most grace_ms, then ends them as interrupted; returns when the last has
 * been handed to the ledger. No desk may push any more. */
void relay_stop(struct relay **relay, int grace_ms);

#endif
