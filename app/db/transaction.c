/* Transactions: begun, committed, rolled back, and run again when they lost to another; for store/.
 */
#include "handle.h"

#include <sys/random.h>

/* 1 to 16 ms, then 1 to 32 ms: two that met do not meet again at once. */
void pause_briefly(int attempt)
{
    unsigned char chance = 0;
    if (getrandom(&chance, 1, GRND_NONBLOCK) != 1)
        chance = 128;
    long most_us = 16000L << (attempt - 1);
    struct timespec pause = { .tv_nsec = (1000 + most_us * chance / 256) * 1000 };
    nanosleep(&pause, NULL);
}

/* Keeps the log's words of the last attempt. */
int database_busy(struct error *err)
{
    char log[sizeof err->log];
    memcpy(log, err->log, sizeof log);
    fail(err, ERROR_UNAVAILABLE, "database_busy", "The database is busy.");
    err->retry_after_ms = 1000;
    return error_note(err, "%s", log);
}

static int command(struct db *db, const char *sql, bool wrote, struct error *err)
{
    if (mysql_query(db->mysql, sql) == 0)
        return 0;
    return db_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql), wrote, err);
}

static void roll_back(struct db *db)
{
    if (mysql_rollback(db->mysql) != 0)
        db_close(db); /* the server rolls back what it loses */
}

/* A session stays without autocommit from one transaction to the next, so that none has to be
 * begun: the first statement does it. MariaDB keeps neither lock nor view for one in which nothing
 * was run. */
static int autocommit_off(struct db *db, struct error *err)
{
    if (db->is_manual)
        return 0;
    if (command(db, "SET autocommit = 0", false, err) != 0)
        return -1;
    db->is_manual = true;
    return 0;
}

int autocommit_on(struct db *db, struct error *err)
{
    if (!db->is_manual)
        return 0;
    if (command(db, "SET autocommit = 1", false, err) != 0)
        return -1;
    db->is_manual = false;
    return 0;
}

static int run_body(struct db *db, int (*body)(struct db *db, void *arg, struct error *err),
                    void *arg, struct error *err)
{
    int rc = body(db, arg, err);
    if (db->undone.kind != ERROR_NONE) { /* whatever the body made of it */
        *err = db->undone;
        return -1;
    }
    if (rc == 0)
        rc = command(db, "COMMIT", true, err);
    if (rc != 0 && db->undone.kind == ERROR_NONE && db->mysql)
        roll_back(db);
    return rc;
}

static int run_once(struct db *db, int (*body)(struct db *db, void *arg, struct error *err),
                    void *arg, struct error *err)
{
    if (db_ready(db, err) != 0 || autocommit_off(db, err) != 0)
        return -1;
    db->in_transaction = true;
    int rc = run_body(db, body, arg, err);
    db->in_transaction = false;
    db->undone = (struct error){ 0 };
    return rc;
}

int db_transaction(struct db *db, int (*body)(struct db *db, void *arg, struct error *err),
                   void *arg, struct error *err)
{
    if (db->in_transaction)
        return fail(err, ERROR_INTERNAL, "nested_transaction", "A transaction is open already.");
    for (int attempt = 1;; attempt++) {
        int rc = run_once(db, body, arg, err);
        if (rc == 0 || err->kind != ERROR_DEADLOCK)
            return rc;
        if (attempt == DB_TRIES)
            return database_busy(err);
        pause_briefly(attempt);
    }
}
