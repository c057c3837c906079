/* Runs one prepared statement: binds, executes, reads; for everybody who may speak to the database.
 */
#include "handle.h"

#define PACKET_SPARE_BYTES 65536

static int check_size(const struct db *db, const char *sql, const struct value *values, size_t n,
                      struct error *err)
{
    size_t bytes = strlen(sql) + PACKET_SPARE_BYTES;
    for (size_t i = 0; i < n; i++)
        bytes += values[i].bytes.len;
    if (bytes <= db->packet_bytes)
        return 0;
    /* The server would answer by hanging up. */
    return fail(err, ERROR_TOO_LARGE, "statement_too_large", "This is too large to be stored.");
}

/* Bytes go as text in the session's character set; a binary column takes them as they are, a text
 * column refuses them where they are no UTF-8. The library only reads what it is given. */
static void bind_value(MYSQL_BIND *bind, const struct value *value)
{
    switch (value->type) {
    case VALUE_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        return;
    case VALUE_INTEGER:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        memcpy(&bind->buffer, &(const void *){ &value->integer }, sizeof bind->buffer);
        return;
    case VALUE_BYTES:
        bind->buffer_type = MYSQL_TYPE_STRING;
        bind->buffer_length = value->bytes.len;
        const char *at = value->bytes.at ? value->bytes.at : "";
        memcpy(&bind->buffer, &at, sizeof bind->buffer);
        return;
    }
}

static int execute(struct db *db, MYSQL_STMT *stmt, const struct value *values, size_t n,
                   struct error *err)
{
    MYSQL_BIND binds[DB_VALUES] = { 0 };
    if (n > DB_VALUES || mysql_stmt_param_count(stmt) != n)
        return fail(err, ERROR_INTERNAL, "database", "A statement has another number of values.");
    for (size_t i = 0; i < n; i++)
        bind_value(&binds[i], &values[i]);
    if (mysql_stmt_bind_param(stmt, binds) == 0 && mysql_stmt_execute(stmt) == 0)
        return 0;
    bool wrote = !db->in_transaction && mysql_stmt_field_count(stmt) == 0;
    return statement_failed(db, stmt, wrote, err);
}

static int run_once(struct db *db, const char *sql, const struct value *values, size_t n,
                    struct arena *arena, struct rows *rows_out, int64_t *changed_out,
                    struct error *err)
{
    if (db->undone.kind != ERROR_NONE) { /* the body goes on although its work is lost */
        *err = db->undone;
        return -1;
    }
    if (db_ready(db, err) != 0 || check_size(db, sql, values, n, err) != 0)
        return -1;
    MYSQL_STMT *stmt = statement_find(db, sql, err);
    if (!stmt || execute(db, stmt, values, n, err) != 0)
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
