/* What the database tests share: a private server (tests/tools/mariadb.sh), a database of their own
 * in it, and short ways to ask it things. A test run by hand starts a server for itself. */
#ifndef INSULA_TESTS_DB_DATABASE_H
#define INSULA_TESTS_DB_DATABASE_H

#include "base/clock.h"
#include "db/db.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct database_config root; /* may do everything, in the test's own database */
static struct db *db;               /* of root */
static struct arena *arena;
static struct error err;

#define BYTES(s) VALUE_OF_BYTES(str_of(s))
#define VALUES(...)                                                                                \
    (const struct value[]){ __VA_ARGS__ },                                                         \
        sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)

static inline void bail_out(const char *what)
{
    printf("Bail out! %s: %s %s\n", what, err.message, err.log);
    exit(1);
}

/* One literal statement that has to work. */
static inline void must(struct db *on, const char *sql)
{
    if (db_run(on, sql, NULL, 0, NULL, NULL, NULL, &err) != 0)
        bail_out(sql);
}

/* The one value that a literal statement yields. */
static inline struct value ask(struct db *on, const char *sql)
{
    struct rows rows;
    if (db_run(on, sql, NULL, 0, arena, &rows, NULL, &err) != 0)
        bail_out(sql);
    return rows.count ? *rows_at(&rows, 0, 0) : (struct value){ .type = VALUE_NULL };
}

static inline int64_t ask_number(struct db *on, const char *sql)
{
    return ask(on, sql).integer;
}

static inline int try_sql(struct db *on, const char *sql)
{
    err = (struct error){ 0 };
    return db_run(on, sql, NULL, 0, NULL, NULL, NULL, &err);
}

/* A handle borrows its configuration: there is one for each account, for as long as the test runs.
 */
static inline struct db *database_open_as(const char *user)
{
    static struct database_config accounts[8];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* threads open their own */
    struct database_config *config = accounts;
    pthread_mutex_lock(&lock);
    while (config->user && strcmp(config->user, user))
        if (++config == accounts + sizeof accounts / sizeof *accounts)
            bail_out("too many accounts in one test");
    if (!config->user) {
        *config = root;
        config->user = user;
    }
    pthread_mutex_unlock(&lock);
    return db_new(config);
}

static inline void database_begin(char **argv)
{
    static char name[64];
    root.socket = getenv("INSULA_TEST_SOCKET");
    if (!root.socket) {
        execl("tests/tools/mariadb.sh", "mariadb.sh", "run", argv[0], (char *)NULL);
        puts("Bail out! run this from the top of the tree");
        exit(1);
    }
    root.user = "root";
    arena = arena_new(64 << 20);
    snprintf(name, sizeof name, "insula_test_%ld", (long)getpid());
    struct db *nowhere = db_new(&root);
    char sql[128];
    snprintf(sql, sizeof sql, "CREATE DATABASE %s CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", name);
    must(nowhere, sql);
    db_free(&nowhere);
    root.name = name;
    db = db_new(&root);
}

static inline void database_migrate(void)
{
    int applied = 0;
    if (db_migrate(db, "schema", &applied, &err) != 0)
        bail_out("migrate");
}

static inline int database_end(void)
{
    char sql[128];
    snprintf(sql, sizeof sql, "DROP DATABASE %s", root.name);
    must(db, sql);
    db_free(&db);
    arena_free(&arena);
    return done();
}

/* Two tenants with a user each, and a provider, for rows to hang on. Ids are letters repeated. */
#define TWO_TENANTS                                                                                \
    "INSERT INTO tenant (tenant_id, slug, name, created_ms)"                                       \
    " VALUES (1, 'island', 'Island', 0), (2, 'reef', 'Reef', 0)"
#define TWO_USERS                                                                                  \
    "INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)"            \
    " VALUES (1, REPEAT('a', 16), 'i', 'anna', 'member', 0, 0),"                                   \
    " (1, REPEAT('c', 16), 'i', 'carl', 'member', 0, 0),"                                          \
    " (2, REPEAT('b', 16), 'i', 'bert', 'member', 0, 0)"

#endif
