/* The hand-over between threads: an exchange pushed here belongs to the thread that takes it. */
#ifndef INSULA_WORKER_QUEUE_H
#define INSULA_WORKER_QUEUE_H

#include "net/loop.h"
#include "web/exchange.h"

struct queue;

/* Pushing wakes the loop of the taking thread. */
struct queue *queue_new(struct loop *wakes);
void queue_free(struct queue **queue);
void queue_push(struct queue *queue, struct exchange *exchange);
/* Everything that waits, oldest first, linked by queue_next; NULL: nothing. */
struct exchange *queue_take(struct queue *queue);

#endif
