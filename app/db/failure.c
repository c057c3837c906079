/* What MariaDB's error numbers mean to the caller, and what each asks of the handle; for db/. */
#include "handle.h"

#include "base/log.h"
#include "base/metrics.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

struct meaning {
    unsigned number;
    enum error_kind kind;
    const char *code, *words;
};

#define NO_WRITES "The database takes no writes now."

/* Not listed: ERROR_INTERNAL. ERROR_DEADLOCK and ERROR_UNAVAILABLE roll the transaction back: after
 * a lock wait the server would leave half of it open. */
static const struct meaning meanings[] = {
    { ER_LOCK_DEADLOCK, ERROR_DEADLOCK, "deadlock", "Two writes met; try again." },
    { ER_LOCK_WAIT_TIMEOUT, ERROR_DEADLOCK, "deadlock", "Two writes met; try again." },
    { ER_CHECKREAD, ERROR_DEADLOCK, "deadlock", "Two writes met; try again." },
    { ER_ERROR_DURING_COMMIT, ERROR_DEADLOCK, "deadlock", "Two writes met; try again." },
    { ER_UNKNOWN_COM_ERROR, ERROR_DEADLOCK, "deadlock", "The database is joining its cluster." },
    { ER_STATEMENT_TIMEOUT, ERROR_UNAVAILABLE, "database_busy", "The database is busy." },
    { ER_QUERY_INTERRUPTED, ERROR_UNAVAILABLE, "database_busy", "The database is busy." },
    { ER_OPTION_PREVENTS_STATEMENT, ERROR_UNAVAILABLE, "database_busy", NO_WRITES },
    { ER_READ_ONLY_MODE, ERROR_UNAVAILABLE, "database_busy", NO_WRITES },
    { ER_DISK_FULL, ERROR_UNAVAILABLE, "database_busy", NO_WRITES },
    { ER_RECORD_FILE_FULL, ERROR_UNAVAILABLE, "database_busy", NO_WRITES },
    { ER_ERROR_ON_WRITE, ERROR_UNAVAILABLE, "database_busy", NO_WRITES },
    { ER_DUP_ENTRY, ERROR_CONFLICT, "duplicate", "This exists already." },
    { ER_DUP_ENTRY_WITH_KEY_NAME, ERROR_CONFLICT, "duplicate", "This exists already." },
    { ER_ROW_IS_REFERENCED_2, ERROR_CONFLICT, "in_use", "Something else still needs this." },
    { ER_NO_REFERENCED_ROW_2, ERROR_NOT_FOUND, "no_parent", "What this belongs to is not there." },
};

/* Everything the client library says of itself leaves the handle in a state nobody knows, and so do
 * the server's farewells, and a failure without a number. */
static bool is_lost(unsigned number)
{
    return number == 0 || (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || number >= 5000 ||
           number == ER_CONNECTION_KILLED || number == ER_SERVER_SHUTDOWN;
}

/* These quote values, and a value may be anybody's words. */
static bool is_quoting(unsigned number)
{
    return number == ER_DUP_ENTRY || number == ER_DUP_ENTRY_WITH_KEY_NAME ||
           number == ER_TRUNCATED_WRONG_VALUE || number == ER_TRUNCATED_WRONG_VALUE_FOR_FIELD ||
           number == ER_WRONG_VALUE_FOR_TYPE || number == ER_ILLEGAL_VALUE_FOR_TYPE;
}

/* A node that is cut off from its cluster fails a commit with 1180 when it may have reached the
 * others already. */
static bool is_uncertain(unsigned number, bool lost, bool wrote)
{
    return wrote && (lost || number == ER_ERROR_DURING_COMMIT);
}

static void explain(unsigned number, bool lost, bool wrote, struct error *err)
{
    if (is_uncertain(number, lost, wrote)) {
        fail(err, ERROR_UNCERTAIN, "database_lost", "The database did not say what became of it.");
        return;
    }
    if (lost) {
        fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database cannot be reached.");
        err->retry_after_ms = 1000;
        return;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        const struct meaning *m = &meanings[i];
        if (m->number != number)
            continue;
        fail(err, m->kind, m->code, "%s", m->words);
        err->retry_after_ms = m->kind == ERROR_UNAVAILABLE ? 1000 : 0;
        return;
    }
    fail(err, ERROR_INTERNAL, "database", "The database refused a statement.");
}

int db_failed(struct db *db, unsigned number, const char *words, bool wrote, struct error *err)
{
    bool lost = is_lost(number);
    explain(number, lost, wrote, err);
    error_note(err, "%u %s", number, is_quoting(number) ? "(words withheld)" : words);
    if (lost) {
        log_event(LOG_WARN, "db.lost", "%s", err->log);
        metrics_add(METRIC_DB_LOST, 1);
        db_close(db);
    }
    bool is_undone = err->kind == ERROR_DEADLOCK || err->kind == ERROR_UNAVAILABLE;
    if (!db->in_transaction || !is_undone)
        return -1;
    if (!lost && mysql_rollback(db->mysql) != 0)
        db_close(db);
    db->undone = *err;
    return -1;
}

/* A failure between two rows is noted on the connection, not on the statement. */
int statement_failed(struct db *db, MYSQL_STMT *stmt, bool wrote, struct error *err)
{
    if (mysql_stmt_errno(stmt))
        return db_failed(db, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), wrote, err);
    return db_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql), wrote, err);
}
