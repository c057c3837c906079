/* What the relay's files share; private to worker/. */
#ifndef INSULA_WORKER_RELAY_PRIVATE_H
#define INSULA_WORKER_RELAY_PRIVATE_H

#include "net/transfer.h"
#include "worker/relay.h"

#include <pthread.h>

#define PENDING_HIGH_BYTES (256 << 10) /* above: the transfer pauses */
#define PENDING_LOW_BYTES  (64 << 10)  /* below: it goes on */
#define SEND_STALL_MS      30000       /* a client that takes nothing for so long has left */
#define TICK_MS            250
#define SHUT_MS            1000        /* what a stopping worker still waits for a client to take */
#define FOLLOW_TICK_MS     20

/* One exchange in the relay: a turn with its transfer, or a follower of a spool. */
struct stream {
    struct watch client;       /* first: the loop gives it back */
    struct relay *relay;
    struct exchange *x;
    struct transfer *transfer; /* NULL: over, between two attempts, or a follower */
    struct stream *next, **link;
    int64_t last_event_ms, last_sent_ms, gone_ms, over_ms;
    int64_t ask_ms;            /* when the next attempt is due; 0: one is under way, or none will be */
    bool watched, paused, gone_seen;
};

struct tenant_pool;

struct relay {
    pthread_t thread;
    struct house *house;
    struct loop *loop;
    struct queue *in, *ledger;
    struct stream *streams;    /* turns */
    struct stream *followers;
    struct tenant_pool *pools;
    struct watch cancel;       /* the spool's cancel folder */
    int64_t ticked_ms;
    int64_t busy_ms;           /* when streams were last seen; 0: their memory was given back */
    atomic_bool stopping, cutting;
};

/* stream.c: every stream's client side */
struct stream *stream_new(struct relay *relay, struct exchange *x, struct stream **list);
void stream_free(struct stream *s);          /* unlinks; the exchange is somebody else's by now */
void stream_watch(struct stream *s);         /* asks for writability while bytes wait */

/* relay_turn.c: turns */
void relay_turn(struct relay *relay, struct exchange *x);
void turn_tick(struct stream *s, int64_t now_ms);
void turn_cut(struct stream *s, enum turn_outcome outcome, enum error_kind kind, const char *code,
              const char *words);
void turn_client_moved(struct stream *s);
void turn_shut(struct stream *s, int64_t now_ms); /* the grace period is over */

/* relay_follow.c: followers */
void relay_follow(struct relay *relay, struct exchange *x);
void follow_tick(struct stream *s, int64_t now_ms);

/* pools.c: one pool of connections per tenant */
struct pool *pools_find(struct relay *relay, const struct tenant *tenant, struct error *err);
int pools_tick(struct relay *relay, int64_t now_ms); /* ms until it is due again */
void pools_free(struct relay *relay);

#endif
