/* Writes FastCGI records to the web server without ever blocking the thread. */
#include "web/client.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum record_type { ABORT_REQUEST = 2, END_REQUEST = 3, STDOUT = 6 };
#define RECORD_MAX  65528 /* a multiple of 8: no padding needed */
#define HEAD_BYTES  8
#define COMPACT_MIN 65536

void client_begin(struct client *client, int fd, int request_id, size_t pending_max)
{
    *client = (struct client){ .fd = fd,
                               .request_id = request_id,
                               .out = text_make(pending_max),
                               .moved_ms = clock_steady_ms() };
}

struct head {
    unsigned char bytes[HEAD_BYTES];
};

static struct head head_of(const struct client *client, enum record_type type, size_t length)
{
    return (struct head){ { 1, (unsigned char)type, client->request_id >> 8 & 255,
                            client->request_id & 255, length >> 8 & 255, length & 255 } };
}

static void add_head(struct client *client, enum record_type type, size_t length)
{
    struct head head = head_of(client, type, length);
    text_add(&client->out, (struct str){ (const char *)head.bytes, sizeof head.bytes });
}

static void frame(struct client *client, struct str bytes)
{
    while (bytes.len) {
        size_t part = bytes.len < RECORD_MAX ? bytes.len : RECORD_MAX;
        add_head(client, STDOUT, part);
        text_add(&client->out, (struct str){ bytes.at, part });
        bytes = (struct str){ bytes.at + part, bytes.len - part };
    }
    client->gone = client->gone || client->out.over;
}

/* Nothing waits: no memory waits either, however slow its reader was. */
static void compact(struct client *client)
{
    size_t rest = client->out.len - client->sent;
    if (rest && client->sent < COMPACT_MIN)
        return;
    if (rest) {
        memmove(client->out.at, client->out.at + client->sent, rest);
        client->out.len = rest;
    } else
        text_free(&client->out);
    client->sent = 0;
}

/* What one call to the kernel takes; 0 when the socket is full or the other end is gone. */
static size_t send_some(struct client *client, struct iovec *parts, size_t count)
{
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
    ssize_t n;
    do
        n = sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        client->gone = errno != EAGAIN && errno != EWOULDBLOCK;
        return 0;
    }
    client->moved_ms = clock_steady_ms();
    return (size_t)n;
}

void client_flush(struct client *client)
{
    size_t taken = 1;
    while (taken && !client->gone && client->sent < client->out.len) {
        struct iovec rest = { client->out.at + client->sent, client->out.len - client->sent };
        client->sent += taken = send_some(client, &rest, 1);
    }
    compact(client);
}

/* One record, straight from the caller's memory; only what the socket does not take is copied. */
static void send_record(struct client *client, const struct str *parts, size_t count, size_t length)
{
    struct head head = head_of(client, STDOUT, length);
    struct iovec io[1 + CLIENT_PARTS_MAX] = { { head.bytes, sizeof head.bytes } };
    for (size_t i = 0; i < count; i++)
        io[i + 1] = (struct iovec){ (void *)(uintptr_t)parts[i].at, parts[i].len };
    size_t taken = send_some(client, io, count + 1);
    for (size_t i = 0; i <= count; i++) {
        size_t skip = taken < io[i].iov_len ? taken : io[i].iov_len;
        text_add(&client->out,
                 (struct str){ (const char *)io[i].iov_base + skip, io[i].iov_len - skip });
        taken -= skip;
    }
    client->gone = client->gone || client->out.over;
}

void client_send(struct client *client, const struct str *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].len;
    if (client->gone || !length)
        return;
    if (length <= RECORD_MAX && !client_pending(client)) {
        send_record(client, parts, count, length);
        return;
    }
    for (size_t i = 0; i < count; i++)
        frame(client, parts[i]);
    client_flush(client);
}

void client_finish(struct client *client, struct str bytes)
{
    static const char completed[8]; /* application status 0, FCGI_REQUEST_COMPLETE */
    if (client->gone || client->finished)
        return;
    client->finished = true;
    frame(client, bytes);
    add_head(client, STDOUT, 0);
    add_head(client, END_REQUEST, sizeof completed);
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
