/* Runs one prepared statement: binds, executes, reads; for everybody who may speak to the database.
 */
#include "handle.h"

#define PACKET_SPARE_BYTES 65536

size_t values_bytes(const struct value *values, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += values[i].type == VALUE_BYTES ? values[i].bytes.len : sizeof(struct uuid);
    return bytes;
}

size_t statement_room(const struct db *db, const char *sql)
{
    size_t taken = strlen(sql) + PACKET_SPARE_BYTES;
    return db->packet_bytes > taken ? db->packet_bytes - taken : 0;
}

int statement_begin(struct db *db, const char *sql, size_t bytes, MYSQL_STMT **out,
                    struct error *err)
{
    if (db->undone.kind != ERROR_NONE) { /* the body goes on although its work is lost */
        *err = db->undone;
        return -1;
    }
    if (db_ready(db, err) != 0 || (!db->in_transaction && autocommit_on(db, err) != 0))
        return -1;
    if (bytes > statement_room(db, sql)) /* the server would answer by hanging up */
        return fail(err, ERROR_TOO_LARGE, "statement_too_large", "This is too large to be stored.");
    *out = statement_find(db, sql, err);
    return *out ? 0 : -1;
}

int statement_execute(struct db *db, MYSQL_STMT *stmt, MYSQL_BIND *binds, size_t width,
                      struct error *err)
{
    if (width > DB_VALUES || mysql_stmt_param_count(stmt) != width)
        return fail(err, ERROR_INTERNAL, "database", "A statement has another number of values.");
    if (mysql_stmt_bind_param(stmt, binds) == 0 && mysql_stmt_execute(stmt) == 0)
        return 0;
    bool wrote = !db->in_transaction && mysql_stmt_field_count(stmt) == 0;
    return statement_failed(db, stmt, wrote, err);
}

static int run_once(struct db *db, const char *sql, const struct value *values, size_t n,
                    struct arena *arena, struct rows *rows_out, int64_t *changed_out,
                    struct error *err)
{
    MYSQL_STMT *stmt;
    MYSQL_BIND binds[DB_VALUES] = { 0 };
    if (statement_begin(db, sql, values_bytes(values, n), &stmt, err) != 0)
        return -1;
    bind_row(binds, values, n < DB_VALUES ? n : DB_VALUES);
    if (statement_execute(db, stmt, binds, n, err) != 0)
        return -1;
    int rc = 0;
    if (changed_out)
        *changed_out = (int64_t)mysql_stmt_affected_rows(stmt);
    if (rows_out)
        rc = fetch_rows(db, stmt, arena, rows_out, err);
    if (db->mysql) /* still there: leave no unread row behind */
        mysql_stmt_free_result(stmt);
    return rc;
}

int db_run(struct db *db, const char *sql, const struct value *values, size_t value_count,
           struct arena *arena, struct rows *rows_out, int64_t *changed_out, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        int rc = run_once(db, sql, values, value_count, arena, rows_out, changed_out, err);
        if (rc == 0 || err->kind != ERROR_DEADLOCK || db->in_transaction)
            return rc;
        if (attempt == DB_TRIES)
            return database_busy(err);
        pause_briefly(attempt);
    }
}
