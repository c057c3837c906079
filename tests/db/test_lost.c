/* A lost connection: said so, never papered over, and the next use has a whole new session. */
#include "database.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct db *killer;

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static int64_t session_of(struct db *on)
{
    return ask_number(on, "SELECT CONNECTION_ID()");
}

static void kill_session(int64_t id)
{
    char sql[128];
    snprintf(sql, sizeof sql, "KILL CONNECTION %lld", (long long)id);
    must(killer, sql);
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE id = %lld",
             (long long)id);
    while (ask_number(killer, sql))
        pause_ms(5);
}

static struct db *fresh(void)
{
    struct db *victim = database_open_as("root");
    ask_number(victim, "SELECT COUNT(*) FROM note");
    try_sql(victim, "UPDATE note SET n = n WHERE k = 9");
    pause_ms(220); /* a new attempt is allowed now */
    return victim;
}

static void reads_and_writes(void)
{
    struct db *victim = fresh();
    kill_session(session_of(victim));
    struct rows rows;
    ok(db_run(victim, "SELECT COUNT(*) FROM note", NULL, 0, arena, &rows, NULL, &err) == -1 &&
           err.kind == ERROR_UNAVAILABLE && err.retry_after_ms > 0,
       "a read on a lost connection is ERROR_UNAVAILABLE");
    is_text(db_server_version(victim), "", "the handle is closed at once");
    is_number(ask_number(victim, "SELECT COUNT(*) FROM note"), 2,
              "the next use works, its statement prepared anew");
    is_text(ask(victim, "SELECT @@tx_isolation").bytes.at, "READ-COMMITTED",
            "on a session with the whole preamble");
    try_sql(victim, "UPDATE note SET n = n WHERE k = 9");
    pause_ms(220);
    kill_session(session_of(victim));
    ok(try_sql(victim, "UPDATE note SET n = n WHERE k = 9") == -1 && err.kind == ERROR_UNCERTAIN,
       "a write of its own on a lost connection is ERROR_UNCERTAIN");
    ok(try_sql(victim, "UPDATE note SET n = n WHERE k = 9") == 0, "and the next one works");
    db_free(&victim);
}

static void *kill_later(void *arg)
{
    pause_ms(300);
    kill_session(*(int64_t *)arg);
    return NULL;
}

static void lost_between_rows(void)
{
    struct db *victim = fresh();
    int64_t session = session_of(victim);
    pthread_t thread;
    pthread_create(&thread, NULL, kill_later, &session);
    struct rows rows;
    ok(db_run(victim, "SELECT REPEAT('x', 20000), SLEEP(0.01) FROM seq_1_to_200", NULL, 0, arena,
              &rows, NULL, &err) == -1 &&
           err.kind == ERROR_UNAVAILABLE,
       "one that is lost between two rows is ERROR_UNAVAILABLE, not a shorter result");
    pthread_join(thread, NULL);
    is_number(ask_number(victim, "SELECT 3"), 3, "and the next use works");
    db_free(&victim);
}

static void idle_connections(void)
{
    struct db *victim = fresh();
    kill_session(session_of(victim));
    pause_ms(1100);
    ok(try_sql(victim, "UPDATE note SET n = n WHERE k = 9") == 0,
       "one that was lost while idle is replaced before a write is risked");
    db_free(&victim);
}

static void attempts_are_spaced(void)
{
    struct database_config nowhere = root;
    nowhere.socket = "/nonexistent/socket";
    struct db *lost = db_new(&nowhere);
    ok(db_ready(lost, &err) == -1 && err.kind == ERROR_UNAVAILABLE, "no server: ERROR_UNAVAILABLE");
    bool tried = strstr(err.log, "2002") != NULL;
    ok(db_ready(lost, &err) == -1 && err.kind == ERROR_UNAVAILABLE && tried &&
           !strstr(err.log, "2002"),
       "the next 200 ms nobody tries again");
    pause_ms(220);
    ok(db_ready(lost, &err) == -1 && strstr(err.log, "2002"), "then somebody does");
    ok(!strstr(err.message, "socket") && !strstr(err.message, "nonexistent"),
       "the client's words tell nothing of the machine");
    db_free(&lost);
}

/* ---- within a transaction ---- */

static int lose_within(struct db *on, void *arg, struct error *e)
{
    int *runs = arg;
    ++*runs;
    must(on, "UPDATE note SET n = 100 WHERE k = 1");
    kill_session(session_of(on));
    bool lost =
        try_sql(on, "UPDATE note SET n = 200 WHERE k = 2") == -1 && err.kind == ERROR_UNAVAILABLE;
    /* On a new session this would stand alone, and be there for good. */
    if (!lost || try_sql(on, "UPDATE note SET n = 300 WHERE k = 2") == 0)
        return fail(e, ERROR_INTERNAL, "went_on", "A lost transaction went on.");
    return 0;
}

static int lose_before_commit(struct db *on, void *arg, struct error *e)
{
    (void)arg, (void)e;
    must(on, "UPDATE note SET n = 100 WHERE k = 1");
    kill_session(session_of(on));
    return 0;
}

static void transactions(void)
{
    struct db *victim = fresh();
    int runs = 0;
    ok(db_transaction(victim, lose_within, &runs, &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "a transaction that loses its connection is ERROR_UNAVAILABLE, whatever its body says");
    is_number(runs, 1, "it is not run again");
    is_number(ask_number(db, "SELECT SUM(n) FROM note"), 30, "nothing of it is there");
    pause_ms(220);
    ok(db_transaction(victim, lose_before_commit, NULL, &err) == -1 && err.kind == ERROR_UNCERTAIN,
       "a COMMIT on a lost connection is ERROR_UNCERTAIN");
    pause_ms(220);
    is_number(ask_number(victim, "SELECT @@in_transaction"), 0, "the next session is in none");
    db_free(&victim);
}

/* ---- over TCP: a server that offers no TLS, as a man in the middle would make it look ---- */

struct pipe_end {
    int from, to;
};

static void *copy(void *arg)
{
    struct pipe_end end = *(struct pipe_end *)arg;
    char bytes[4096];
    ssize_t n;
    while ((n = read(end.from, bytes, sizeof bytes)) > 0)
        if (write(end.to, bytes, (size_t)n) != n)
            break;
    shutdown(end.to, SHUT_RDWR);
    return NULL;
}

static void *serve_one(void *arg)
{
    int client = accept(*(int *)arg, NULL, NULL);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    snprintf(place.sun_path, sizeof place.sun_path, "%s", root.socket);
    if (connect(server, (struct sockaddr *)&place, sizeof place) != 0)
        bail_out("connect");
    struct pipe_end there = { client, server }, back = { server, client };
    pthread_t thread;
    pthread_create(&thread, NULL, copy, &there);
    copy(&back);
    pthread_join(thread, NULL);
    close(client);
    close(server);
    return NULL;
}

static void clear_text_is_refused(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof place;
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&place, &len) != 0)
        bail_out("listen");
    pthread_t thread;
    pthread_create(&thread, NULL, serve_one, &listener);
    struct database_config remote = root;
    remote.socket = NULL;
    remote.host = "127.0.0.1";
    remote.port = ntohs(place.sin_port);
    struct db *far = db_new(&remote);
    ok(db_ready(far, &err) == -1 && err.kind == ERROR_INTERNAL && strstr(err.log, "tls_ca"),
       "a host without tls_ca is refused before anything is sent");
    db_free(&far);
    remote.tls_ca = "/etc/ssl/certs/ca-certificates.crt";
    far = db_new(&remote);
    ok(db_ready(far, &err) == -1 && err.kind == ERROR_UNAVAILABLE && strstr(err.log, "2026"),
       "a server that offers no TLS is refused (%s)", err.log);
    db_free(&far);
    pthread_join(thread, NULL);
    close(listener);
}

/* ---- the password's file ---- */

static void password_files(void)
{
    must(db, "CREATE USER IF NOT EXISTS insula_test_guarded IDENTIFIED BY 'open sesame'");
    char path[] = "/tmp/insula-password-XXXXXX";
    int fd = mkstemp(path);
    if (write(fd, "open sesame\n", 12) != 12)
        bail_out("write");
    struct database_config guarded = root;
    guarded.name = NULL;
    guarded.user = "insula_test_guarded";
    struct db *guest = db_new(&guarded);
    ok(db_ready(guest, &err) == -1 && err.kind == ERROR_UNAVAILABLE, "no password, no entry");
    db_free(&guest);
    guarded.password_file = path;
    guest = db_new(&guarded);
    ok(db_ready(guest, &err) == 0, "the password is its file's first line");
    db_free(&guest);
    fchmod(fd, 0644);
    guest = db_new(&guarded);
    ok(db_ready(guest, &err) == -1 && err.kind == ERROR_INTERNAL,
       "a file that others may read is refused");
    ok(!strstr(err.log, "sesame"), "and not quoted");
    db_free(&guest);
    close(fd);
    unlink(path);
    must(db, "DROP USER insula_test_guarded");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    must(db, "CREATE TABLE note (k INT PRIMARY KEY, n INT)");
    must(db, "INSERT INTO note VALUES (1, 10), (2, 20)");
    killer = database_open_as("root");
    log_open("/dev/null", &err); /* losses are logged, and meant here */
    reads_and_writes();
    lost_between_rows();
    idle_connections();
    attempts_are_spaced();
    transactions();
    clear_text_is_refused();
    password_files();
    db_free(&killer);
    return database_end();
}
