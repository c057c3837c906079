/* A stream's client side: its place in the relay's lists, and its socket in the loop. */
#include "relay.h"

#include "base/clock.h"
#include "base/metrics.h"

#include <sys/epoll.h>

static void client_ready(struct watch *watch, uint32_t events)
{
    struct stream *s = (struct stream *)(void *)watch;
    struct client *client = &s->x->client;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        client_listen(client);
    if (events & EPOLLOUT)
        client_flush(client);
    stream_watch(s);
    if (s->x->turn)
        turn_client_moved(s);
    else
        follow_tick(s, clock_steady_ms());
}

struct stream *stream_new(struct relay *relay, struct exchange *x, struct stream **list)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    int64_t now = clock_steady_ms();
    *s = (struct stream){ .client = { .fd = x->client.fd, .ready = client_ready },
                          .relay = relay,
                          .x = x,
                          .next = *list,
                          .link = list,
                          .last_event_ms = now,
                          .last_sent_ms = now };
    if (s->next)
        s->next->link = &s->next;
    *list = s;
    stream_watch(s);
    metrics_add(x->turn ? METRIC_STREAMS : METRIC_FOLLOWERS, 1);
    return s;
}

void stream_free(struct stream *s)
{
    metrics_add(s->x->turn ? METRIC_STREAMS : METRIC_FOLLOWERS, -1);
    if (s->watched)
        loop_remove(s->relay->loop, &s->client);
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    free(s);
}

/* A client that is gone is not watched: its socket would report that for ever. */
void stream_watch(struct stream *s)
{
    struct client *client = &s->x->client;
    uint32_t wanted = EPOLLIN | EPOLLRDHUP | (client_pending(client) ? EPOLLOUT : 0);
    if (client->gone) {
        if (s->watched)
            loop_remove(s->relay->loop, &s->client);
        s->watched = false;
    } else if (!s->watched) {
        s->client.events = wanted;
        s->watched = loop_add(s->relay->loop, &s->client) == 0;
    } else if (s->client.events != wanted)
        loop_change(s->relay->loop, &s->client, wanted);
}
