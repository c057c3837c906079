/* Runs the relay's thread: takes exchanges from the desks, waits for sockets, keeps time. */
#include "relay.h"

#include "base/clock.h"
#include "base/thread.h"
#include "chat/spool.h"

#include <malloc.h>
#include <unistd.h>
#include <sys/epoll.h>

#define QUIET_MS 5000

static struct relay *relay_of_cancel(struct watch *watch)
{
    return (struct relay *)(void *)((char *)watch - offsetof(struct relay, cancel));
}

/* Only the turn's own relay knows it; the others leave the request alone. */
static bool cancel_mine(void *self, struct turn_id turn)
{
    struct relay *relay = self;
    for (struct stream *s = relay->streams; s; s = s->next)
        if (turn_id_equal(s->x->turn->id, turn)) {
            if (!s->over_ms)
                turn_cut(s, TURN_INTERRUPTED, ERROR_UPSTREAM, "cancelled",
                         "The turn was cancelled.");
            return true;
        }
    return false;
}

static void cancel_ready(struct watch *watch, uint32_t events)
{
    struct relay *relay = relay_of_cancel(watch);
    (void)events;
    spool_cancel_take(relay->house->chat.spool_dir, watch->fd, cancel_mine, relay);
}

static void take_new(struct relay *relay)
{
    for (struct exchange *x = queue_take(relay->in), *next; x; x = next) {
        next = x->queue_next;
        if (x->next == NEXT_RELAY)
            relay_turn(relay, x);
        else
            relay_follow(relay, x);
    }
}

static void each(struct stream *list, void (*tick)(struct stream *s, int64_t now_ms),
                 int64_t now_ms)
{
    for (struct stream *s = list, *next; s; s = next) {
        next = s->next;
        tick(s, now_ms);
    }
}

/* What a crowd of streams held goes back to the machine when nobody has come for a while; malloc
 * alone keeps nearly all of it. */
static void give_back(struct relay *relay, int64_t now_ms)
{
    if (relay->streams)
        relay->busy_ms = now_ms;
    else if (relay->busy_ms && now_ms - relay->busy_ms > QUIET_MS) {
        relay->busy_ms = 0;
        malloc_trim(0);
    }
}

/* Returns how long nothing is due. */
static int keep_time(struct relay *relay)
{
    int64_t now_ms = clock_steady_ms();
    int due_ms = pools_tick(relay, now_ms);
    each(relay->followers, follow_tick, now_ms);
    if (now_ms - relay->ticked_ms >= TICK_MS) {
        relay->ticked_ms = now_ms;
        give_back(relay, now_ms);
        each(relay->streams, turn_tick, now_ms);
        if (atomic_load(&relay->cutting))
            each(relay->streams, turn_shut, now_ms);
    }
    return relay->followers && due_ms > FOLLOW_TICK_MS ? FOLLOW_TICK_MS : due_ms;
}

static bool is_done(const struct relay *relay)
{
    return atomic_load(&relay->stopping) && !relay->streams;
}

static void *relay_run(void *arg)
{
    struct relay *relay = arg;
    for (int wait_ms = 0; !is_done(relay); wait_ms = keep_time(relay)) {
        loop_run(relay->loop, wait_ms);
        take_new(relay);
    }
    return NULL;
}

static int relay_prepare(struct relay *relay, struct error *err)
{
    if (loop_new(&relay->loop, err) < 0)
        return -1;
    relay->in = queue_new(relay->loop);
    relay->cancel = (struct watch){ .events = EPOLLIN, .ready = cancel_ready };
    relay->cancel.fd = spool_cancel_watch(relay->house->chat.spool_dir, err);
    if (relay->cancel.fd < 0)
        return -1;
    if (loop_add(relay->loop, &relay->cancel) < 0 ||
        pthread_create(&relay->thread, NULL, relay_run, relay) != 0)
        return fail(err, ERROR_INTERNAL, "thread", "The relay's thread cannot be started.");
    return 0;
}

int relay_start(struct house *house, struct queue *ledger, struct relay **out, struct error *err)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay)
        abort();
    relay->house = house;
    relay->ledger = ledger;
    *out = relay;
    return relay_prepare(relay, err); /* on failure the worker ends, and all of this with it */
}

struct queue *relay_queue(struct relay *relay)
{
    return relay->in;
}

/* Followers lose nothing: their stream goes on in its spool, and they come back to another worker.
 */
static void drop_followers(struct relay *relay)
{
    while (relay->followers) {
        struct exchange *x = relay->followers->x;
        stream_free(relay->followers);
        exchange_end(&x);
    }
}

static void wait_for(struct relay *relay, int grace_ms)
{
    atomic_store(&relay->stopping, true);
    loop_wake(relay->loop);
    if (thread_join_within(relay->thread, grace_ms))
        return;
    atomic_store(&relay->cutting, true);
    loop_wake(relay->loop);
    pthread_join(relay->thread, NULL);
}

void relay_stop(struct relay **relay, int grace_ms)
{
    wait_for(*relay, grace_ms);
    drop_followers(*relay);
    pools_free(*relay);
    close((*relay)->cancel.fd);
    queue_free(&(*relay)->in);
    loop_free(&(*relay)->loop);
    free(*relay);
    *relay = NULL;
}
