/* The prepared statements of one handle, found again by their text, so that each shape of statement
 * is prepared once per connection. */
#include "handle.h"

void statements_forget(struct db *db)
{
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        struct statement *s = &db->statements[i];
        if (!s->sql)
            continue;
        mysql_stmt_close(s->stmt);
        free(s->sql);
        *s = (struct statement){ 0 };
    }
}

/* A free place, or that of the statement that was not used for longest. */
static struct statement *make_room(struct db *db)
{
    struct statement *oldest = &db->statements[0];
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        struct statement *s = &db->statements[i];
        if (!s->sql)
            return s;
        if (s->last_use < oldest->last_use)
            oldest = s;
    }
    mysql_stmt_close(oldest->stmt);
    free(oldest->sql);
    *oldest = (struct statement){ 0 };
    return oldest;
}

static MYSQL_STMT *prepare(struct db *db, const char *sql, struct error *err)
{
    MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
    if (!stmt)
        abort();
    if (mysql_stmt_prepare(stmt, sql, strlen(sql)) == 0)
        return stmt;
    unsigned number = mysql_stmt_errno(stmt);
    char words[MYSQL_ERRMSG_SIZE];
    snprintf(words, sizeof words, "%s", mysql_stmt_error(stmt));
    mysql_stmt_close(stmt);
    db_failed(db, number, words, false, err);
    return NULL;
}

MYSQL_STMT *statement_find(struct db *db, const char *sql, struct error *err)
{
    db->uses++;
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        struct statement *s = &db->statements[i];
        if (s->sql && strcmp(s->sql, sql) == 0) {
            s->last_use = db->uses;
            return s->stmt;
        }
    }
    MYSQL_STMT *stmt = prepare(db, sql, err);
    if (!stmt)
        return NULL;
    struct statement *s = make_room(db);
    *s = (struct statement){ .sql = strdup(sql), .stmt = stmt, .last_use = db->uses };
    if (!s->sql)
        abort();
    return stmt;
}
