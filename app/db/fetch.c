/* Reads the rows of an executed statement into an arena, each value at its real length; for
 * statement.c. */
#include "handle.h"

#define ROWS_FIRST 16

/* Integers are read in place. Bytes are bound with no room at all: the fetch then only says how
 * long each is, and is asked again for exactly that much. */
struct reading {
    struct db *db;
    MYSQL_STMT *stmt;
    size_t columns;
    MYSQL_BIND binds[DB_VALUES];
    bool is_integer[DB_VALUES];
    int64_t integers[DB_VALUES];
    unsigned long lengths[DB_VALUES];
    my_bool nulls[DB_VALUES], cut[DB_VALUES];
};

static bool is_integer(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
        return true;
    case MYSQL_TYPE_NEWDECIMAL: /* what SUM makes of integers */
        return field->decimals == 0;
    default:
        return false;
    }
}

static void bind_column(struct reading *r, size_t i, const MYSQL_FIELD *field)
{
    MYSQL_BIND *bind = &r->binds[i];
    bind->is_null = &r->nulls[i];
    bind->error = &r->cut[i];
    bind->length = &r->lengths[i];
    r->is_integer[i] = is_integer(field);
    if (r->is_integer[i]) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = &r->integers[i];
        bind->buffer_length = sizeof r->integers[i];
    } else {
        bind->buffer_type = MYSQL_TYPE_BLOB;
    }
}

static int failed(const struct reading *r, struct error *err)
{
    return statement_failed(r->db, r->stmt, false, err);
}

static int begin(struct reading *r, struct error *err)
{
    MYSQL_RES *shape = mysql_stmt_result_metadata(r->stmt);
    r->columns = mysql_stmt_field_count(r->stmt);
    if (!shape || r->columns > DB_VALUES) {
        mysql_free_result(shape);
        return fail(err, ERROR_INTERNAL, "database", "The database answered in an unknown shape.");
    }
    for (size_t i = 0; i < r->columns; i++)
        bind_column(r, i, mysql_fetch_field_direct(shape, (unsigned)i));
    mysql_free_result(shape);
    return mysql_stmt_bind_result(r->stmt, r->binds) == 0 ? 0 : failed(r, err);
}

static int too_large(struct error *err)
{
    return fail(err, ERROR_TOO_LARGE, "result_too_large",
                "There is more than can be read at once.");
}

/* A value that arrives cut is a defect, never a shorter value. */
static int cut_value(struct error *err)
{
    fail(err, ERROR_INTERNAL, "database", "The database answered in an unknown shape.");
    return error_note(err, "a value was cut");
}

static int read_bytes(struct reading *r, size_t i, struct arena *arena, struct str *out,
                      struct error *err)
{
    char *at = arena_try(arena, r->lengths[i] + 1);
    if (!at)
        return too_large(err);
    unsigned long length = 0;
    my_bool cut = 0, null = 0;
    MYSQL_BIND bind = { .buffer_type = MYSQL_TYPE_BLOB,
                        .buffer = at,
                        .length = &length,
                        .buffer_length = r->lengths[i],
                        .error = &cut,
                        .is_null = &null };
    if (r->lengths[i] > 0 && mysql_stmt_fetch_column(r->stmt, &bind, (unsigned)i, 0) != 0)
        return failed(r, err);
    if (cut || length != r->lengths[i])
        return cut_value(err);
    *out = (struct str){ at, length };
    return 0;
}

static int read_value(struct reading *r, size_t i, struct arena *arena, struct value *out,
                      struct error *err)
{
    if (r->nulls[i]) {
        out->type = VALUE_NULL;
        return 0;
    }
    if (r->is_integer[i]) {
        out->type = VALUE_INTEGER;
        out->integer = r->integers[i];
        return r->cut[i] ? cut_value(err) : 0;
    }
    out->type = VALUE_BYTES;
    return read_bytes(r, i, arena, &out->bytes, err);
}

/* Doubles the room where it is used up; what is left behind goes with the arena. */
static int make_room(struct rows *rows, size_t *room, struct arena *arena, struct error *err)
{
    if (rows->count < *room)
        return 0;
    size_t wanted = *room ? *room * 2 : ROWS_FIRST;
    struct value *values = arena_try(arena, wanted * rows->columns * sizeof *values);
    if (!values)
        return too_large(err);
    if (rows->count)
        memcpy(values, rows->values, rows->count * rows->columns * sizeof *values);
    rows->values = values;
    *room = wanted;
    return 0;
}

static int read_row(struct reading *r, struct arena *arena, struct rows *rows, struct error *err)
{
    struct value *row = &rows->values[rows->count * rows->columns];
    for (size_t i = 0; i < r->columns; i++)
        if (read_value(r, i, arena, &row[i], err) != 0)
            return -1;
    rows->count++;
    return 0;
}

int fetch_rows(struct db *db, MYSQL_STMT *stmt, struct arena *arena, struct rows *out,
               struct error *err)
{
    struct reading r = { .db = db, .stmt = stmt };
    if (begin(&r, err) != 0)
        return -1;
    struct rows rows = { .columns = r.columns };
    size_t room = 0;
    for (;;) {
        int rc = mysql_stmt_fetch(stmt);
        if (rc == MYSQL_NO_DATA)
            break;
        if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
            return failed(&r, err);
        if (make_room(&rows, &room, arena, err) != 0 || read_row(&r, arena, &rows, err) != 0)
            return -1;
    }
    *out = rows;
    return 0;
}
