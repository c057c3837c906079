/* FastCGI requests in: libfcgi (nowhere else), behind our own accept (security.md 1.1.4). */
#ifndef INSULA_WEB_FCGI_H
#define INSULA_WEB_FCGI_H

#include "web/request.h"

/* Once per process, after the signal handlers are set and before threads. */
int fcgi_init(struct error *err);

struct fcgi_limits {
    size_t body_bytes;
    int peer_uid;                /* who may connect; -1: anyone who can */
};

/* Blocks until a web server connects to listen_fd and reads its request whole: parameters and body,
 * copied into the arena; libfcgi's own memory is given back at once. `interruptible` is unblocked
 * in the waiting only, so that no read is ever cut short by it.
 *
 * 1: a request; 0: nothing usable came (interrupted, garbage, a foreign user): go on.
 * -1: a request that must be refused (*fd_out is set: answer it with *err): ERROR_TOO_LARGE,
 * ERROR_BAD_REQUEST. */
int fcgi_accept(int listen_fd, int interruptible, const struct fcgi_limits *limits,
                struct arena *arena, struct request *out, int *fd_out, int *request_id_out,
                struct error *err);

#endif
