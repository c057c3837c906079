/* insula.fcgi: one FastCGI worker, started by spawn-fcgi, lighttpd or mod_fcgid with its listening
 * socket as standard input. insula.fcgi(8) is its manual. */
#include "worker/worker.h"

#include <unistd.h>

#define LISTEN_FD 0 /* FCGI_LISTENSOCK_FILENO */

/* Whoever starts us again does so at once, and would only find the same. */
static const struct timespec before_the_next = { .tv_sec = 1 };

static int usage(void)
{
    fputs("usage: insula.fcgi -c /etc/insula/insula.conf\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *path = "/etc/insula/insula.conf";
    struct error err;
    for (int option; (option = getopt(argc, argv, "c:")) != -1;) {
        if (option != 'c')
            return usage();
        path = optarg;
    }
    if (optind != argc)
        return usage();
    if (worker_run(path, LISTEN_FD, &err) < 0) {
        fprintf(stderr, "insula.fcgi: %s%s%s\n", err.message, err.log[0] ? ": " : "", err.log);
        nanosleep(&before_the_next, NULL);
        return 1;
    }
    return 0;
}
