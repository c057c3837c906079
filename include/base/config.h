/* insula.conf: what the house sets. Read with inih; every problem is reported at once, with its
 * line; unknown names, names set twice and numbers out of range are problems too. insula.conf(5) is
 * the manual of each setting and deploy/insula.conf.example shows them all. Everything about a
 * tenant lives in the database.
 *
 * Relative paths start at the folder of the file. A list (upstream.allow) may
 * go on in indented lines. The bounds of each number are in app/base/settings.c. */
#ifndef INSULA_BASE_CONFIG_H
#define INSULA_BASE_CONFIG_H

#include "base/arena.h"
#include "base/error.h"

/* Of a section that is not in the file: name is NULL. */
struct database_config {
    const char *socket;    /* unix socket; or host and port */
    const char *host;
    int port;
    const char *name;
    const char *user;
    const char *password_file; /* mode 0400 or 0600; NULL: none */
    const char *tls_ca;        /* needed with host: the connection is refused in clear */
};

/* How providers are called. */
struct upstream_config {
    /* of each attempt, where the provider's own options say nothing */
    int connect_ms;        /* 10,000 */
    int first_event_ms;    /* 120,000 */
    int idle_ms;           /* between events: 60,000 */
    int total_ms;          /* of a turn, with all its attempts: 900,000 */
    int reply_bytes;       /* 8 MiB */
    int attempts;          /* requests for one turn, at most: 3 */
    int retry_wait_ms;     /* how long to wait for a provider that says when, or is the only one: 10,000 */
    int breaker_failures;  /* within half a minute, that open a provider's breaker: 10; 0: never */
    int breaker_open_ms;   /* how long it stays open: 10,000 */
    int head_wait_ms;      /* how long the client's head waits for the first event: 5,000 */
    int ping_ms;           /* silence before ": ping": 10,000 */
    const char *allow;     /* private addresses that may be called:
                              "127.0.0.1:9000 10.0.0.5:443"; NULL: none */
    const char *ca_file;   /* NULL: the system's */
};

struct config {
    const char *path;          /* of this file, absolute: read it again on SIGHUP */
    struct {
        int desks;             /* desk threads per worker: 4; 1 under mod_fcgid */
        int streams;           /* live streams per worker, at most: 2,500 */
        int drain_seconds;     /* SIGTERM: how long live streams may go on: 60 */
        const char *run_dir;   /* shared memory file; 0700 */
        int peer_uid;          /* who may speak FastCGI to us (SO_PEERCRED); -1: anyone who may
                                  write to the socket */
    } worker;                  /* [worker] */
    struct database_config database; /* [database]: the worker's account */
    struct database_config operator_database;  /* [operator database]: insulactl's account */
    struct database_config migration_database; /* [migration database]: `insulactl migrate` alone */
    struct {
        const char *dir;       /* spool directory, 0700, on a local file system */
        int keep_seconds;      /* how long a finished stream can still be resumed: 300 */
    } spool;
    struct {
        const char *file;      /* key-encryption keys, mode 0400 */
    } keys;
    struct {
        int body_bytes;        /* request body: 4 MiB */
        int messages;          /* per request: 2,000 */
        int message_bytes;     /* one message's text: 1 MiB */
    } limits;
    struct upstream_config upstream;
    struct {
        const char *file;      /* NULL: standard error */
    } log;
};

/* Reads and checks the file; it may be writable by its owner only. The strings of *out live in the
 * arena (a maximum of 1 MiB is plenty); problems is of the caller's making (text_make).
 * ERROR_BAD_REQUEST: message counts the problems; all of them, one per line, are in *problems. That
 * a file it names exists, and its mode, is for those who open it. */
int config_read(struct arena *arena, const char *path, struct config *out, struct text *problems,
                struct error *err);

#endif
