/* A desk: one thread that takes requests from the web server, with its own database connection. Every short
 * request begins and ends here; a chat turn goes to the gate, where one of the desks admits it with those that came
 * at the same time, and hands it to the relay. Who has to wait for a desk waits in the line that a worker's desks
 * share. */
#ifndef INSULA_WORKER_DESK_H
#define INSULA_WORKER_DESK_H

#include "worker/gate.h"
#include "worker/line.h"
#include "worker/queue.h"

#define DESK_SIGNAL 23 /* SIGURG: interrupts the waiting for a connection, nothing else */

struct desk;

int desk_start(const struct house *house, struct line *line, struct gate *gate,
               struct queue *relay, int listen_fd, struct desk **out, struct error *err);
/* Lets the request at hand and those that wait end; returns when the thread has. */
void desk_stop(struct desk **desk);

#endif
