/* One worker process: its threads, from start to SIGTERM. */
#ifndef INSULA_WORKER_WORKER_H
#define INSULA_WORKER_WORKER_H

#include "base/arena.h"
#include "base/error.h"

/* Serves FastCGI on listen_fd as insula.conf says until SIGTERM or SIGINT (or SIGQUIT or SIGUSR1, which
 * managers of FastCGI processes send): takes no new requests, lets live streams go on within the grace
 * period, settles, returns 0. SIGHUP (or SIGUSR2, the one signal that multiwatch passes on without
 * stopping) reads the file again; a bad one is refused and the old one stays. */
int worker_run(const char *config_path, int listen_fd, struct error *err);

#endif
