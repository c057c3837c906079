/* What the files of db/ share: the handle behind struct db, its session and its statements. */
#ifndef INSULA_APP_DB_HANDLE_H
#define INSULA_APP_DB_HANDLE_H

#include "db/db.h"

#include <mariadb/mysql.h>

#define DB_STATEMENTS 128 /* prepared at once on one handle */
#define DB_TRIES      3   /* of a transaction that lost to another one */

/* A request waits for seconds; a change of the schema may take an hour. */
enum patience { PATIENCE_REQUEST, PATIENCE_SCHEMA };

struct statement {
    char *sql; /* NULL: free */
    MYSQL_STMT *stmt;
    uint64_t last_use;
};

struct db {
    const struct database_config *config;
    enum patience patience;
    MYSQL *mysql;                         /* NULL: not connected */
    size_t packet_bytes;                  /* what the server takes in one statement */
    int64_t next_attempt_ms, last_use_ms; /* clock_steady_ms */
    bool in_transaction;
    bool is_manual; /* autocommit is off: the next transaction has begun already */
    struct error
        undone; /* why the open transaction is rolled back already; ERROR_NONE: it is not */
    uint64_t uses;
    struct statement statements[DB_STATEMENTS];
};

/* session.c. Opens a connection and sets every option and session variable.
 * ERROR_UNAVAILABLE; ERROR_INTERNAL for a setting that cannot work. */
int session_open(const struct database_config *config, enum patience patience, MYSQL **out,
                 size_t *packet_bytes_out, struct error *err);

/* connection.c */
struct db *db_new_patient(const struct database_config *config);
void db_close(struct db *db); /* the connection and its statements; the next use opens another */

/* cache.c. The prepared statement of a text; NULL with the error filled. */
MYSQL_STMT *statement_find(struct db *db, const char *sql, struct error *err);
void statements_forget(struct db *db); /* after the connection is closed */

/* bind.c. The question marks of a statement. */
void bind_row(MYSQL_BIND *binds, const struct value *values, size_t width);
/* The same for count rows, as arrays in the arena. A column is of one type, or NULL. */
int bind_rows(MYSQL_BIND *binds, const struct value *values, size_t width, size_t count,
              struct arena *arena, struct error *err);

/* statement.c. What comes before: the handle connected, the transaction not lost, the size
 * bearable. */
int statement_begin(struct db *db, const char *sql, size_t bytes, MYSQL_STMT **out,
                    struct error *err);
size_t statement_room(const struct db *db, const char *sql); /* bytes of values that one can take */
size_t values_bytes(const struct value *values, size_t n);
int statement_execute(struct db *db, MYSQL_STMT *stmt, MYSQL_BIND *binds, size_t width,
                      struct error *err);

/* fetch.c. Reads all rows of an executed statement into the arena. */
int fetch_rows(struct db *db, MYSQL_STMT *stmt, struct arena *arena, struct rows *out,
               struct error *err);

/* failure.c. Turns MariaDB's number into an error and does what it asks for: closes a lost handle,
 * rolls an unfinished transaction back. wrote: the outcome is unknown if the connection is lost.
 * Returns -1. */
int db_failed(struct db *db, unsigned number, const char *words, bool wrote, struct error *err);
int statement_failed(struct db *db, MYSQL_STMT *stmt, bool wrote, struct error *err);

/* transaction.c */
int autocommit_on(struct db *db, struct error *err); /* for a statement outside of transactions */
void pause_briefly(int attempt);
int database_busy(struct error *err);

/* script.c. A whole file in the arena, and its statements one after the other. */
int script_read(struct arena *arena, const char *path, struct str *out, struct error *err);
int script_run(struct db *db, struct str script, struct error *err);

#endif
