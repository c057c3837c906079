/* A scripted model server: answers as OpenAI, Anthropic, Ollama and others do, for the demo, the
 * tests and the benchmarks. */
#include "exchange.h"
#include "record.h"
#include "sleep.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct options {
    int port;
    const char *port_file;
    struct server server;
};

static const char usage[] =
    "usage: upstream [--port N] [--port-file FILE] [--fixtures DIR] [--delay-ms N]\n"
    "Listens on 127.0.0.1; port 0 (the default) is any free one. Prints the port.\n";

static int read_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        { "port", required_argument, NULL, 'p' },
        { "port-file", required_argument, NULL, 'f' },
        { "fixtures", required_argument, NULL, 'x' },
        { "delay-ms", required_argument, NULL, 'd' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p')
            out->port = (int)strtol(optarg, NULL, 10);
        else if (option == 'f')
            out->port_file = optarg;
        else if (option == 'x')
            out->server.fixtures = optarg;
        else if (option == 'd')
            out->server.delay_ms = (int)strtol(optarg, NULL, 10);
        else
            return -1;
    }
    return optind == argc ? 0 : -1;
}

static struct MHD_Daemon *listen_on(struct options *options)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)options->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
                            NULL, exchange_handle, &options->server, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_finished, &options->server,
                            MHD_OPTION_NOTIFY_CONNECTION, connection_noticed, &options->server,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_CONNECTION_LIMIT,
                            60000u, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}

static int tell_port(const struct options *options, struct MHD_Daemon *daemon)
{
    int port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    printf("%d\n", port);
    fflush(stdout);
    if (!options->port_file)
        return 0;
    /* By renaming, so that who waits for the file never reads half a number. */
    char made[4096];
    snprintf(made, sizeof made, "%s.new", options->port_file);
    FILE *file = fopen(made, "w");
    if (!file)
        return -1;
    fprintf(file, "%d\n", port);
    return fclose(file) == 0 && rename(made, options->port_file) == 0 ? 0 : -1;
}

static int open_stop_signals(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &stop, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    struct options options = { 0 };
    if (read_options(argc, argv, &options) != 0) {
        fputs(usage, stderr);
        return 2;
    }
    int stop_fd = open_stop_signals();
    struct MHD_Daemon *daemon = listen_on(&options);
    if (!daemon || tell_port(&options, daemon) != 0) {
        fprintf(stderr, "upstream: cannot listen on port %d, or write its number\n", options.port);
        return 1;
    }
    int watched[] = { stop_fd, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd };
    if (sleep_open(watched, 2) != 0)
        return 1;
    do {
        MHD_run(daemon);
        MHD_UNSIGNED_LONG_LONG wait_ms;
        int64_t max_ms = MHD_get_timeout(daemon, &wait_ms) == MHD_YES ? (int64_t)wait_ms : -1;
        if (sleep_wait(max_ms) == stop_fd)
            break;
    } while (true);
    return 0; /* the kernel closes the rest */
}
