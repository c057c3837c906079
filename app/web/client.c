/* Writes FastCGI records to the web server without ever blocking the thread. */
#include "web/client.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum record_type { ABORT_REQUEST = 2, END_REQUEST = 3, STDOUT = 6 };
#define RECORD_MAX  65528 /* a multiple of 8: no padding needed */
#define COMPACT_MIN 65536

void client_begin(struct client *client, int fd, int request_id, size_t pending_max)
{
    *client = (struct client){ .fd = fd,
                               .request_id = request_id,
                               .out = text_make(pending_max),
                               .moved_ms = clock_steady_ms() };
}

static void record_head(struct client *client, enum record_type type, size_t length)
{
    unsigned char head[8] = { 1,
                              (unsigned char)type,
                              client->request_id >> 8 & 255,
                              client->request_id & 255,
                              length >> 8 & 255,
                              length & 255,
                              0,
                              0 };
    text_add(&client->out, (struct str){ (const char *)head, sizeof head });
}

static void frame(struct client *client, struct str bytes)
{
    while (bytes.len) {
        size_t part = bytes.len < RECORD_MAX ? bytes.len : RECORD_MAX;
        record_head(client, STDOUT, part);
        text_add(&client->out, (struct str){ bytes.at, part });
        bytes = (struct str){ bytes.at + part, bytes.len - part };
    }
    client->gone = client->gone || client->out.over;
}

static void compact(struct client *client)
{
    size_t rest = client->out.len - client->sent;
    if (rest && client->sent < COMPACT_MIN)
        return;
    if (rest)
        memmove(client->out.at, client->out.at + client->sent, rest);
    client->out.len = rest;
    client->sent = 0;
}

void client_flush(struct client *client)
{
    while (!client->gone && client->sent < client->out.len) {
        ssize_t n = send(client->fd, client->out.at + client->sent, client->out.len - client->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0)
            client->gone = true;
        else {
            client->sent += (size_t)n;
            client->moved_ms = clock_steady_ms();
        }
    }
    compact(client);
}

void client_send(struct client *client, struct str bytes)
{
    if (client->gone)
        return;
    frame(client, bytes);
    client_flush(client);
}

void client_finish(struct client *client, struct str bytes)
{
    static const char completed[8]; /* application status 0, FCGI_REQUEST_COMPLETE */
    if (client->gone || client->finished)
        return;
    client->finished = true;
    frame(client, bytes);
    record_head(client, STDOUT, 0);
    record_head(client, END_REQUEST, sizeof completed);
    text_add(&client->out, (struct str){ completed, sizeof completed });
    client->gone = client->gone || client->out.over;
    client_flush(client);
}

void client_drain(struct client *client, int timeout_ms)
{
    client_flush(client);
    while (client_pending(client)) {
        struct pollfd waiting = { .fd = client->fd, .events = POLLOUT };
        int ready = poll(&waiting, 1, timeout_ms);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            client->gone = true;
        client_flush(client);
    }
}

/* Whatever a web server says after the request's body means that the client has left: it closes the
 * socket, or sends FCGI_ABORT_REQUEST. */
void client_listen(struct client *client)
{
    unsigned char head[8];
    ssize_t n;
    do
        n = recv(client->fd, head, sizeof head, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) ||
        (n >= 2 && head[1] == ABORT_REQUEST))
        client->gone = true;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    text_free(&client->out);
}
