/* A locked list: desks push to the relay, the relay pushes to the ledger. */
#include "worker/queue.h"

#include <pthread.h>

struct queue {
    pthread_mutex_t lock;
    struct exchange *first, **last;
    struct loop *wakes;
};

struct queue *queue_new(struct loop *wakes)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        abort();
    pthread_mutex_init(&queue->lock, NULL);
    queue->last = &queue->first;
    queue->wakes = wakes;
    return queue;
}

void queue_free(struct queue **queue)
{
    if (!*queue)
        return;
    pthread_mutex_destroy(&(*queue)->lock);
    free(*queue);
    *queue = NULL;
}

void queue_push(struct queue *queue, struct exchange *exchange)
{
    exchange->queue_next = NULL;
    pthread_mutex_lock(&queue->lock);
    bool was_empty = queue->first == NULL;
    *queue->last = exchange;
    queue->last = &exchange->queue_next;
    pthread_mutex_unlock(&queue->lock);
    if (was_empty) /* whoever takes, takes all: one wake is enough */
        loop_wake(queue->wakes);
}

struct exchange *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct exchange *all = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return all;
}
