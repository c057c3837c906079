/* A relay between a test and the database that spoils a chosen command: before the server has heard
 * it, or after it has done it and before anybody is told. What the test sees instead of the answer
 * is a lost connection, or one of MariaDB's errors. */
#ifndef INSULA_TESTS_DB_PROXY_H
#define INSULA_TESTS_DB_PROXY_H

#include "people.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

enum loss { LOSS_UNHEARD, LOSS_UNTOLD };

static struct {
    char path[64];
    int listener;
    _Atomic enum loss loss;
    atomic_int countdown; /* at which command: 1 is the next; 0: none is lost */
    atomic_bool commits;  /* only COMMIT counts */
    atomic_bool refusing; /* once lost, nobody gets through any more */
    atomic_int number;    /* of the error that is answered; 0: the connection is lost */
    atomic_bool stays;    /* once an error was answered, every command but ROLLBACK gets it */
    atomic_int commands;  /* so many came */
    atomic_int spoiled;   /* so many of them were answered with an error */
    atomic_bool lost;
} proxy;

struct proxied {
    int client, server;
    atomic_bool untold;
};

static inline void proxy_cut(struct proxied *p)
{
    atomic_store(&proxy.lost, true);
    shutdown(p->client, SHUT_RDWR);
    shutdown(p->server, SHUT_RDWR);
}

static inline bool proxy_all(int fd, unsigned char *bytes, size_t n, bool out)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = out ? send(fd, bytes + done, n - done, MSG_NOSIGNAL)
                          : recv(fd, bytes + done, n - done, 0);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static inline void proxy_spoil(struct proxied *p)
{
    static const char words[] = "#HY000spoiled by the test";
    int number = atomic_load(&proxy.number);
    unsigned char packet[7 + sizeof words - 1] = { sizeof packet - 4, 0, 0, 1, 0xff, number & 0xff,
                                                   number >> 8 & 0xff };
    if (!number) {
        proxy_cut(p);
        return;
    }
    memcpy(packet + 7, words, sizeof words - 1);
    atomic_store(&proxy.lost, true);
    atomic_fetch_add(&proxy.spoiled, 1);
    proxy_all(p->client, packet, sizeof packet, true);
}

static inline void *proxy_answers(void *arg)
{
    struct proxied *p = arg;
    unsigned char bytes[65536];
    ssize_t n;
    while ((n = recv(p->server, bytes, sizeof bytes, 0)) > 0)
        if (atomic_exchange(&p->untold, false))
            proxy_spoil(p);
        else if (!proxy_all(p->client, bytes, (size_t)n, true))
            break;
    shutdown(p->client, SHUT_RDWR);
    return NULL;
}

/* COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_BULK_EXECUTE: what is answered. A server never refuses
 * ROLLBACK. */
static inline bool proxy_counts(const unsigned char *packet, size_t n)
{
    if (packet[3] != 0 || n < 5 ||
        (packet[4] != 3 && packet[4] != 22 && packet[4] != 23 && packet[4] != 250))
        return false;
    if (n >= 13 && packet[4] == 3 && !memcmp(packet + 5, "ROLLBACK", 8))
        return false;
    atomic_fetch_add(&proxy.commands, 1);
    return !atomic_load(&proxy.commits) ||
           (n == 11 && packet[4] == 3 && !memcmp(packet + 5, "COMMIT", 6));
}

static inline bool proxy_is_due(void)
{
    if (atomic_load(&proxy.stays) && atomic_load(&proxy.lost))
        return true;
    return atomic_load(&proxy.countdown) > 0 && atomic_fetch_sub(&proxy.countdown, 1) == 1;
}

static inline void proxy_commands(struct proxied *p)
{
    static const size_t most = 1 << 20;
    unsigned char *packet = malloc(most);
    while (proxy_all(p->client, packet, 4, false)) {
        size_t n = 4 + (packet[0] | (size_t)packet[1] << 8 | (size_t)packet[2] << 16);
        if (n > most || !proxy_all(p->client, packet + 4, n - 4, false))
            break;
        bool due = proxy_counts(packet, n) && proxy_is_due();
        if (due && atomic_load(&proxy.loss) == LOSS_UNHEARD) {
            proxy_spoil(p);
            continue;
        }
        atomic_store(&p->untold, due);
        if (!proxy_all(p->server, packet, n, true))
            break;
    }
    free(packet);
}

static inline void *proxy_serve(void *arg)
{
    struct proxied *p = arg;
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    snprintf(place.sun_path, sizeof place.sun_path, "%s", root.socket);
    p->server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t answers;
    if (connect(p->server, (struct sockaddr *)&place, sizeof place) == 0 &&
        pthread_create(&answers, NULL, proxy_answers, p) == 0) {
        proxy_commands(p);
        shutdown(p->server, SHUT_RDWR);
        pthread_join(answers, NULL);
    }
    close(p->client);
    close(p->server);
    free(p);
    return NULL;
}

static inline void *proxy_run(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        struct proxied *p = calloc(1, sizeof *p);
        pthread_t thread;
        if (atomic_load(&proxy.refusing) && atomic_load(&proxy.lost)) {
            close(fd);
            free(p);
            continue;
        }
        p->client = fd;
        pthread_create(&thread, NULL, proxy_serve, p);
        pthread_detach(thread);
    }
    return NULL;
}

static inline void proxy_begin(void)
{
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    snprintf(proxy.path, sizeof proxy.path, "/tmp/insula-test-proxy-%ld", (long)getpid());
    snprintf(place.sun_path, sizeof place.sun_path, "%s", proxy.path);
    proxy.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread = pthread_self();
    if (bind(proxy.listener, (struct sockaddr *)&place, sizeof place) != 0 ||
        listen(proxy.listener, 16) != 0 || pthread_create(&thread, NULL, proxy_run, NULL) != 0)
        bail_out("proxy");
    pthread_detach(thread);
}

static inline void proxy_end(void)
{
    unlink(proxy.path);
}

/* A handle of the workers' account through the proxy, connected. */
static inline struct db *proxy_open(void)
{
    static struct database_config through;
    through = root;
    through.socket = proxy.path;
    through.user = "insula_worker";
    atomic_store(&proxy.countdown, 0);
    atomic_store(&proxy.lost, false);
    atomic_store(&proxy.commits, false);
    atomic_store(&proxy.refusing, false);
    atomic_store(&proxy.stays, false);
    atomic_store(&proxy.number, 0);
    struct db *made = db_new(&through);
    if (db_ready(made, &err) != 0)
        bail_out("through the proxy");
    atomic_store(&proxy.commands, 0);
    atomic_store(&proxy.spoiled, 0);
    return made;
}

static inline void proxy_lose(int command, enum loss loss)
{
    atomic_store(&proxy.loss, loss);
    atomic_store(&proxy.countdown, command);
}

/* Not lost, but answered with an error: once, or from there on. */
static inline void proxy_refuse(int command, int number, bool stays)
{
    atomic_store(&proxy.number, number);
    atomic_store(&proxy.stays, stays);
    proxy_lose(command, LOSS_UNHEARD);
}

/* number: of the error that COMMIT is answered with; 0: the connection is lost. */
static inline void proxy_lose_commit(enum loss loss, int number, bool refuse_afterwards)
{
    atomic_store(&proxy.lost, false);
    atomic_store(&proxy.number, number);
    atomic_store(&proxy.commits, true);
    atomic_store(&proxy.refusing, refuse_afterwards);
    proxy_lose(1, loss);
}

#endif
