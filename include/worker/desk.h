/* A desk: one thread that takes requests from the web server, with its own database connection. Every short
 * request begins and ends here; a chat turn is admitted here and handed to the relay. */
#ifndef INSULA_WORKER_DESK_H
#define INSULA_WORKER_DESK_H

#include "worker/queue.h"

#define DESK_SIGNAL 23 /* SIGURG: interrupts the waiting for a connection, nothing else */

struct desk;

int desk_start(const struct house *house, struct queue *relay, int listen_fd, struct desk **out,
               struct error *err);
/* Lets the request at hand end; returns when the thread has. */
void desk_stop(struct desk **desk);

#endif
