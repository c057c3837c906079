/* The way back to the web server: FastCGI STDOUT records on a socket that never blocks.
 *
 * libfcgi reads requests; it does not write the answers: its writer blocks, lingers after the end and
 * gives up on EINTR (security.md F6, F9, F11), and one thread here serves thousands of sockets. The
 * format is 8 bytes of header in front of at most 65,535 bytes (FastCGI specification, 3.3, 5.3, 5.5). */
#ifndef INSULA_WEB_CLIENT_H
#define INSULA_WEB_CLIENT_H

#include "base/str.h"

#include <stdint.h>

struct client {
    int fd;                /* -1: closed */
    int request_id;
    struct text out;       /* framed bytes that the socket has not taken yet */
    size_t sent;           /* of out */
    bool gone;             /* the other end closed or aborted; everything sent since is dropped */
    bool finished;         /* the end of the request is in out or gone out */
    int64_t moved_ms;      /* steady clock: when the socket last took something */
};

/* pending_max bounds what a slow reader can make us keep. */
void client_begin(struct client *client, int fd, int request_id, size_t pending_max);
/* Frames and sends what the socket takes now of the parts, one behind the other; the rest waits in
 * out. Over the maximum: gone. */
#define CLIENT_PARTS_MAX 4
void client_send(struct client *client, const struct str *parts, size_t count);
/* The last bytes and the end of the request, in one write where the socket takes it. */
void client_finish(struct client *client, struct str bytes);
/* Tries to send what waits. */
void client_flush(struct client *client);
static inline size_t client_pending(const struct client *client)
{
    return client->gone ? 0 : client->out.len - client->sent;
}
/* Sends all that waits, at most timeout_ms without progress; then gone. For threads that may block. */
void client_drain(struct client *client, int timeout_ms);
/* The socket is readable: has the web server closed it, or sent FCGI_ABORT_REQUEST? Sets gone. */
void client_listen(struct client *client);
void client_close(struct client *client);

#endif
