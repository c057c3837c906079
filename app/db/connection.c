/* The life of a database handle: made, connected at its first use, closed when lost; for db/. */
#include "handle.h"

#include "base/clock.h"

#include <pthread.h>

#define ATTEMPT_PAUSE_MS 200
#define IDLE_MS          1000 /* after this long without use the server may have gone unnoticed */

static void library_start(void)
{
    if (mysql_library_init(0, NULL, NULL) != 0)
        abort();
}

struct db *db_new(const struct database_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once,
                 library_start); /* mysql_init would do it, but not safely from two threads */
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        abort();
    db->config = config;
    return db;
}

struct db *db_new_patient(const struct database_config *config)
{
    struct db *db = db_new(config);
    db->patience = PATIENCE_SCHEMA;
    return db;
}

void db_free(struct db **db)
{
    if (!*db)
        return;
    db_close(*db);
    free(*db);
    *db = NULL;
}

void db_close(struct db *db)
{
    if (!db->mysql)
        return;
    mysql_close(db->mysql);
    db->mysql = NULL;
    db->is_manual = false;
    statements_forget(db);
}

/* One that was idle is asked first: a restart of the database between two requests then costs
 * neither of them anything, and a lost write stays a rare thing. */
static void drop_stale(struct db *db, int64_t now_ms)
{
    bool is_idle = db->mysql && !db->in_transaction && now_ms - db->last_use_ms > IDLE_MS;
    if (is_idle && mysql_ping(db->mysql) != 0)
        db_close(db);
}

int db_ready(struct db *db, struct error *err)
{
    int64_t now_ms = clock_steady_ms();
    drop_stale(db, now_ms);
    db->last_use_ms = now_ms;
    if (db->mysql)
        return 0;
    if (now_ms < db->next_attempt_ms) {
        fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database cannot be reached.");
        err->retry_after_ms = 1000;
        return error_note(err, "the last attempt was less than %d ms ago", ATTEMPT_PAUSE_MS);
    }
    int rc = session_open(db->config, db->patience, &db->mysql, &db->packet_bytes, err);
    db->last_use_ms = clock_steady_ms();
    db->next_attempt_ms = db->last_use_ms + ATTEMPT_PAUSE_MS;
    return rc;
}

const char *db_server_version(struct db *db)
{
    return db->mysql ? mysql_get_server_info(db->mysql) : "";
}
