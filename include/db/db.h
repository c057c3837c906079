/* One connection to MariaDB (mysql_* nowhere else). Knows nothing of tenants.
 *
 * A handle belongs to one thread. It is opened with a fixed session preamble, never reconnects by
 * itself, caches its prepared statements by their text, and is closed as soon as it is lost: the next
 * use opens a new one (at most one attempt per 200 ms; ERROR_UNAVAILABLE meanwhile). */
#ifndef INSULA_DB_DB_H
#define INSULA_DB_DB_H

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"
#include "base/ids.h"

struct db;

/* Allocates; connects at the first use. *config must outlive the handle. */
struct db *db_new(const struct database_config *config);
void db_free(struct db **db);
int db_ready(struct db *db, struct error *err); /* connects where needed */

enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_BYTES, VALUE_UUID };
struct value {
    enum value_type type;
    union {
        int64_t integer;
        struct str bytes;
        struct uuid uuid;   /* written; read it comes back as VALUE_BYTES */
    };
};
#define VALUE_OF_INTEGER(n) ((struct value){ .type = VALUE_INTEGER, .integer = (n) })
#define VALUE_OF_BYTES(s) ((struct value){ .type = VALUE_BYTES, .bytes = (s) })
static inline struct value value_of_c(const char *c_string)
{
    return c_string ? VALUE_OF_BYTES(str_of(c_string)) : (struct value){ .type = VALUE_NULL };
}
static inline struct value value_of_text(struct str s)
{
    return s.at ? VALUE_OF_BYTES(s) : (struct value){ .type = VALUE_NULL };
}
#define VALUE_OF_UUID(u) ((struct value){ .type = VALUE_UUID, .uuid = (u) })
#define VALUE_OF_ID(id) VALUE_OF_UUID((id).v)

struct rows {
    size_t count, columns;
    struct value *values;   /* count × columns, row after row; bytes live in the arena, NUL behind */
};
static inline const struct value *rows_at(const struct rows *rows, size_t row, size_t column)
{
    return &rows->values[row * rows->columns + column];
}

#define DB_VALUES 64 /* question marks of one statement, and columns of one result, at most */

/* Runs one prepared statement. sql is a literal of platform/ or the renderer's output; values fill
 * its question marks in order. rows_out may be NULL for writes, changed_out for reads; changed_out
 * counts rows matched and changed: a row that is set to what it holds already counts 0 (for upserts:
 * 1 inserted, 2 updated, 0 left as it was). A column comes back as VALUE_INTEGER where it holds
 * whole numbers (SUM of them too), as VALUE_BYTES otherwise.
 *
 * Outside a transaction a statement is its own: it is run again here on a deadlock, at most three
 * times in all, and ERROR_DEADLOCK does not come out. Within one, once ERROR_DEADLOCK or
 * ERROR_UNAVAILABLE came out, every later statement of the body fails the same way and changes
 * nothing.
 *
 * ERROR_UNAVAILABLE: no connection, nothing was done (within a transaction: all of it is undone).
 * The server takes no writes (read-only, its disk full): the same.
 * ERROR_UNCERTAIN: the connection broke during an autocommit write or a COMMIT, or its commit failed
 * with 1180, which a node says that may have told its cluster.
 * ERROR_DEADLOCK: 1213, 1205, 1020, 1180, 1047: rolled back here; run the whole transaction again.
 * ERROR_CONFLICT "duplicate": a unique key has the row already (the transaction goes on).
 * ERROR_CONFLICT "in_use": a foreign key still points at the row.
 * ERROR_NOT_FOUND "no_parent": a foreign key's row is missing. ERROR_TOO_LARGE: the arena's maximum,
 * or more than the server's max_allowed_packet.
 * ERROR_INTERNAL: anything else; err->log has MariaDB's number and words. */
int db_run(struct db *db, const char *sql, const struct value *values, size_t value_count,
           struct arena *arena, struct rows *rows_out, int64_t *changed_out, struct error *err);

/* One statement for many rows, collected first and then sent at once: `sql` once, `values` count × width,
 * row after row. Zeroes but for the arena are none yet; sql and values live there. */
struct many {
    struct arena *arena;
    const char *sql;
    struct value *values;
    size_t width, count, room;
};
/* Adds a row: the values of its question marks, copied (not the bytes they point to). */
void many_add(struct many *many, const struct value *values, size_t value_count);
/* Runs the statement for each row, as db_run would, in one message to the server (or a few, where they
 * are too much for one). More than one only within a transaction: a row that fails may have others written
 * before it.
 * changed_out: summed over all rows. None: nothing is run, and nothing changed. */
int db_run_many(struct db *db, const struct many *many, int64_t *changed_out, struct error *err);

/* Transactions. A body that returns -1 is rolled back. On ERROR_DEADLOCK the body is run again, at
 * most three times in all, with a short random pause; then ERROR_UNAVAILABLE. A COMMIT whose outcome
 * is unknown is ERROR_UNCERTAIN: look for what the body wrote, by its id, before doing anything. */
int db_transaction(struct db *db, int (*body)(struct db *db, void *arg, struct error *err),
                   void *arg, struct error *err);

/* Applies schema files NNNN_*.sql of dir that are not yet recorded, in order, each recorded with
 * its checksum in schema_migration. Over a connection of its own that waits as long as it takes; one
 * migration at a time. applied_out: how many ran. For insulactl alone.
 *
 * ERROR_UNPROCESSABLE: "schema_gap", a number is missing or there twice; "schema_changed", a file is
 * not what it was when it was applied, or is gone; "schema_unfinished", an earlier run broke off
 * within a file. Nothing is applied then. */
int db_migrate(struct db *db, const char *dir, int *applied_out, struct error *err);
/* Runs a file of statements, each ended by ";" at the end of a line (grants.sql). */
int db_run_file(struct db *db, const char *path, struct error *err);
const char *db_server_version(struct db *db); /* "10.11.19-MariaDB…"; "" when not connected */

#endif
