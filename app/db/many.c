/* Runs one statement for many rows that are sent together (array binding): a turn among many then
 * costs no round trip of its own. For admission and settlement, by way of query/. */
#include "handle.h"

#define ROWS_FIRST 64
#define ROWS_MOST  1024 /* of one message */

void many_add(struct many *many, const struct value *values, size_t value_count)
{
    many->width = value_count;
    if (many->count == many->room) {
        size_t room = many->room ? 2 * many->room : ROWS_FIRST;
        struct value *grown = arena_array_of(many->arena, struct value, room * many->width);
        if (many->count)
            memcpy(grown, many->values, many->count * many->width * sizeof *grown);
        many->values = grown;
        many->room = room;
    }
    memcpy(many->values + many->count++ * many->width, values, value_count * sizeof *values);
}

/* How many rows from `values` on fit into one message; at least one. */
static size_t rows_that_fit(const struct db *db, const struct many *many,
                            const struct value *values, size_t left)
{
    size_t count = 0, bytes = 0, room = statement_room(db, many->sql);
    size_t most = left < ROWS_MOST ? left : ROWS_MOST;
    for (; count < most; count++) {
        bytes += values_bytes(values + count * many->width, many->width);
        if (count && bytes > room)
            break;
    }
    return count;
}

/* The statement is left as it was: for one row. */
static int execute_rows(struct db *db, MYSQL_STMT *stmt, MYSQL_BIND *binds, size_t width,
                        size_t count, struct error *err)
{
    unsigned rows = (unsigned)count, none = 0;
    mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows);
    int rc = statement_execute(db, stmt, binds, width, err);
    if (db->mysql) /* else it is closed */
        mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &none);
    return rc;
}

static int run_rows(struct db *db, const struct many *many, const struct value *values,
                    size_t count, int64_t *changed, struct error *err)
{
    if (count == 1)
        return db_run(db, many->sql, values, many->width, NULL, NULL, changed, err);
    MYSQL_STMT *stmt;
    MYSQL_BIND binds[DB_VALUES] = { 0 };
    if (many->width > DB_VALUES)
        return fail(err, ERROR_INTERNAL, "database", "A statement has another number of values.");
    if (statement_begin(db, many->sql, values_bytes(values, many->width * count), &stmt, err) ||
        bind_rows(binds, values, many->width, count, many->arena, err) ||
        execute_rows(db, stmt, binds, many->width, count, err))
        return -1;
    *changed = (int64_t)mysql_stmt_affected_rows(stmt);
    return 0;
}

int db_run_many(struct db *db, const struct many *many, int64_t *changed_out, struct error *err)
{
    *changed_out = 0;
    if (many->count > 1 && !db->in_transaction)
        return fail(err, ERROR_INTERNAL, "database", "Many rows are written in a transaction.");
    for (size_t at = 0, fit; at < many->count; at += fit) {
        const struct value *values = many->values + at * many->width;
        int64_t changed;
        fit = rows_that_fit(db, many, values, many->count - at);
        if (run_rows(db, many, values, fit, &changed, err) != 0)
            return -1;
        *changed_out += changed;
    }
    return 0;
}
