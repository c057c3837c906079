/* What a pool and its transfers know of each other. */
#ifndef INSULA_NET_POOL_H
#define INSULA_NET_POOL_H

#include "call.h"

struct transfer {
    struct call call;
    CURL *easy;
    struct pool *pool;
    struct transfer *next; /* in the pool's idle or resuming list */
    bool resuming;
    struct transfer *next_deaf; /* in the pool's list of those */
};

struct pool {
    struct loop *loop;
    CURLM *multi;
    int64_t due_ms; /* by clock_steady_ms; -1: curl waits for nothing */
    size_t under_way;
    struct transfer *idle; /* ended ones, kept with their handles */
    size_t idle_count;
    struct transfer *resuming; /* to be continued at the next tick */
    struct transfer *deaf;     /* to be ended: the kernel does not watch their sockets for us */
};

/* Takes an idle transfer or makes one. */
struct transfer *pool_take(struct pool *pool);
/* Clears an ended transfer and keeps it for the next. */
void pool_give(struct pool *pool, struct transfer *transfer);
/* Takes a transfer that is under way out of curl's hands. */
void pool_remove(struct pool *pool, struct transfer *transfer);

#endif
