/* Serves clients that follow a turn's spool: resumed streams, and retries that attached to a turn.
 */
#include "relay.h"

#include "base/clock.h"
#include "chat/spool.h"
#include "web/stream.h"

#define LOOK_MS     1000
#define FORSAKEN_MS 10000

static int on_event(void *self, uint64_t id, struct str data)
{
    struct stream *s = self;
    if (s->x->follow_stream)
        stream_event(s->x, id, data);
    s->last_sent_ms = clock_steady_ms();
    return 0;
}

static void end(struct stream *s)
{
    struct exchange *x = s->x;
    stream_free(s);
    exchange_end(&x);
}

void relay_follow(struct relay *relay, struct exchange *x)
{
    struct stream *s = stream_new(relay, x, &relay->followers);
    follow_tick(s, clock_steady_ms());
}

/* A file that nobody holds gets its end from recovery within seconds, unless its disk is full: then
 * recovery holds it now and again, and that is no life. */
static bool is_forsaken(struct stream *s, int64_t now_ms)
{
    if (now_ms - s->last_event_ms < LOOK_MS)
        return false;
    s->last_event_ms = now_ms;
    if (!s->gone_ms && !spool_is_live(s->x->follow->reader))
        s->gone_ms = now_ms;
    return s->gone_ms && now_ms - s->gone_ms >= FORSAKEN_MS;
}

/* A follower that does not take what it asked for gets no more until it does. */
static void read_on(struct stream *s, int64_t now_ms)
{
    static const struct turn_sink sink = { on_event };
    struct exchange *x = s->x;
    if (client_pending(&x->client) > PENDING_HIGH_BYTES)
        return;
    follow_read(x->follow, &sink, s);
    if (x->follow->state == FOLLOW_LIVE && is_forsaken(s, now_ms))
        follow_give_up(x->follow);
    if (x->follow->state != FOLLOW_LIVE)
        follow_answer(x);
    else if (x->follow_stream && now_ms - s->last_sent_ms >= x->config->upstream.ping_ms) {
        stream_ping(x);
        s->last_sent_ms = now_ms;
    }
}

void follow_tick(struct stream *s, int64_t now_ms)
{
    struct client *client = &s->x->client;
    if (client_pending(client) && now_ms - client->moved_ms > SEND_STALL_MS)
        client->gone = true;
    if (!client->gone && !client->finished)
        read_on(s, now_ms);
    if (client->gone || (client->finished && !client_pending(client)))
        end(s);
    else
        stream_watch(s);
}
