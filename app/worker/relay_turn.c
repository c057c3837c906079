/* Relays turns: provider to client, until one of them or a deadline ends it. */
#include "relay.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "web/stream.h"

static int on_event(void *self, uint64_t id, struct str data)
{
    struct stream *s = self;
    stream_event(s->x, id, data);
    s->last_sent_ms = clock_steady_ms();
    return 0;
}

static const struct turn_sink sink = { on_event };

/* Back-pressure: only this transfer waits for its slow reader. */
static void balance(struct stream *s)
{
    size_t pending = client_pending(&s->x->client);
    bool pause = s->paused ? pending > PENDING_LOW_BYTES : pending > PENDING_HIGH_BYTES;
    if (pause == s->paused || !s->transfer)
        return;
    s->paused = pause;
    s->last_event_ms = clock_steady_ms(); /* the silence was ours */
    transfer_pause(s->transfer, pause);
}

/* To the ledger, once the client has taken what was relayed (or has left). */
static void leave(struct stream *s)
{
    if (!s->over_ms) {
        s->over_ms = clock_steady_ms();
        turn_leave(s->x->turn);
    }
    if (client_pending(&s->x->client)) {
        stream_watch(s);
        return;
    }
    struct exchange *x = s->x;
    struct relay *relay = s->relay;
    stream_free(s);
    queue_push(relay->ledger, x);
}

void turn_cut(struct stream *s, enum turn_outcome outcome, enum error_kind kind, const char *code,
              const char *words)
{
    if (s->transfer)
        transfer_cancel(&s->transfer);
    turn_stop(s->x->turn, outcome, kind, code, words);
    leave(s);
}

static void ask(struct stream *s);

/* An attempt is over: another follows, or the turn is over too. */
static void go_on(struct stream *s)
{
    int wait_ms;
    if (!turn_again(s->x->turn, &wait_ms)) {
        leave(s);
        return;
    }
    s->ask_ms = clock_steady_ms() + wait_ms;
    if (!wait_ms)
        ask(s);
}

/* The attempt, not the turn. */
static void attempt_cut(struct stream *s, enum error_kind kind, const char *code, const char *words)
{
    if (s->transfer)
        transfer_cancel(&s->transfer);
    turn_stop(s->x->turn, TURN_FAILED, kind, code, words);
    go_on(s);
}

static void on_head(void *self, const struct http_head *head)
{
    struct stream *s = self;
    turn_head(s->x->turn, head);
}

static int on_bytes(void *self, struct str bytes)
{
    struct stream *s = self;
    uint64_t before = s->x->turn->record_count;
    int status = turn_take(s->x->turn, bytes, &sink, s);
    if (s->x->turn->record_count != before) /* comments and half events are no progress */
        s->last_event_ms = clock_steady_ms();
    stream_watch(s);
    balance(s);
    return status;
}

static void on_end(void *self, enum transfer_end how, const char *detail)
{
    struct stream *s = self;
    s->transfer = NULL;
    turn_end(s->x->turn, how, detail, &sink, s);
    go_on(s);
}

/* Sends the request that the turn holds. */
static void ask(struct stream *s)
{
    static const struct transfer_sink upstream = { on_head, on_bytes, on_end };
    struct error err;
    s->ask_ms = 0;
    s->last_event_ms = clock_steady_ms();
    struct pool *pool = pools_find(s->relay, s->x->tenant, &err);
    if (!pool || transfer_start(pool, &s->x->turn->call, &upstream, s, &s->transfer, &err) < 0)
        attempt_cut(s, err.kind, err.code, err.message);
}

void relay_turn(struct relay *relay, struct exchange *x)
{
    struct stream *s = stream_new(relay, x, &relay->streams);
    if (x->turn->over) /* its request could not be written */
        leave(s);
    else
        ask(s);
}

void turn_shut(struct stream *s, int64_t now_ms)
{
    if (!s->over_ms)
        turn_cut(s, TURN_INTERRUPTED, ERROR_UNAVAILABLE, "shutdown", "The server is stopping.");
    else if (now_ms - s->over_ms > SHUT_MS) {
        s->x->client.gone = true;
        leave(s);
    }
}

/* What the tenant wants when nobody listens any more. True: the turn was ended. */
static bool check_gone(struct stream *s, int64_t now_ms)
{
    const struct disconnect_policy *policy = &s->x->tenant->disconnect;
    if (!s->gone_seen) {
        s->gone_seen = true;
        s->gone_ms = now_ms;
        metrics_add(METRIC_CLIENT_GONE, 1);
        balance(s);
    }
    int64_t patience = policy->kind == DISCONNECT_CANCEL  ? 0
                       : policy->kind == DISCONNECT_DRAIN ? INT64_MAX
                                                          : policy->seconds * 1000LL;
    if (now_ms - s->gone_ms < patience)
        return false;
    turn_cut(s, TURN_INTERRUPTED, ERROR_UPSTREAM, "client_gone", "The client has left.");
    return true;
}

void turn_client_moved(struct stream *s)
{
    if (s->over_ms)
        leave(s);
    else if (s->x->client.gone)
        check_gone(s, clock_steady_ms());
    else
        balance(s);
}

static void keep_alive(struct stream *s, int64_t now_ms)
{
    const struct config *config = s->x->config;
    if (!s->x->turn->stream || s->x->client.gone)
        return;
    int64_t wait = s->x->head_sent ? config->upstream.ping_ms : config->upstream.head_wait_ms;
    if (now_ms - s->last_sent_ms < wait)
        return;
    stream_ping(s->x);
    s->last_sent_ms = now_ms;
    stream_watch(s);
}

/* A pause between two attempts. */
static bool check_pause(struct stream *s, int64_t now_ms)
{
    if (!s->ask_ms)
        return false;
    if (now_ms >= s->ask_ms)
        ask(s);
    else
        keep_alive(s, now_ms);
    return true;
}

static bool check_deadlines(struct stream *s, int64_t now_ms)
{
    const struct turn *turn = s->x->turn;
    int64_t silent = now_ms - s->last_event_ms;
    int64_t patience = turn->first_ms < 0 ? turn->limits.first_event_ms : turn->limits.idle_ms;
    if (!turn->stream || s->paused || silent < patience)
        return false;
    attempt_cut(s, ERROR_UPSTREAM_TIMEOUT, "upstream_timeout", "The provider took too long.");
    return true;
}

/* The end mark came, the end of the body did not: the answer is whole, the connection is not
 * reused. */
static bool check_end_mark(struct stream *s, int64_t now_ms)
{
    if (!s->x->turn->end_mark || !s->transfer || now_ms - s->last_event_ms < TICK_MS)
        return false;
    transfer_cancel(&s->transfer);
    turn_end(s->x->turn, TRANSFER_COMPLETE, NULL, &sink, s);
    leave(s);
    return true;
}

void turn_tick(struct stream *s, int64_t now_ms)
{
    struct client *client = &s->x->client;
    if (client_pending(client) && now_ms - client->moved_ms > SEND_STALL_MS)
        client->gone = true;
    if (s->over_ms) {
        leave(s);
        return;
    }
    if (client->gone && check_gone(s, now_ms))
        return;
    if (!check_pause(s, now_ms) && !check_end_mark(s, now_ms) && !check_deadlines(s, now_ms))
        keep_alive(s, now_ms);
}
