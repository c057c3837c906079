/* FastCGI requests in: libfcgi (nowhere else), behind our own accept (security.md 1.1.4). */
#ifndef INSULA_WEB_FCGI_H
#define INSULA_WEB_FCGI_H

#include "web/request.h"

/* Once per process, after the signal handlers are set and before threads. */
int fcgi_init(struct error *err);

/* Blocks until a web server connects to listen_fd; returns the connection, or -1: go on (interrupted, or
 * nobody who may speak to us). `interruptible` is unblocked in the waiting only, so that no read is
 * ever cut short by it. peer_uid: who may connect; -1: anyone who can. */
int fcgi_wait(int listen_fd, int interruptible, int peer_uid);

/* Reads the connection's request whole: parameters and body, copied into the arena; libfcgi's own memory is
 * given back at once.
 *
 * 1: a request. 0: nothing usable came, the connection is closed.
 * -1: a request that must be refused (answer it with *err): ERROR_TOO_LARGE, ERROR_BAD_REQUEST. */
int fcgi_read(int fd, size_t body_max_bytes, struct arena *arena, struct request *out,
              int *request_id_out, struct error *err);

#endif
