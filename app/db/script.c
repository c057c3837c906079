/* Files of SQL statements: read whole, run one statement after the other; for migrate.c. */
#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT_BYTES (1 << 20)

static int unreadable(struct error *err, const char *path, const char *why)
{
    fail(err, ERROR_UNPROCESSABLE, "schema_unreadable", "%s cannot be read.", path);
    return error_note(err, "%s: %s", path, why);
}

static ssize_t read_all(int fd, char *at, size_t bytes)
{
    size_t n = 0;
    while (n < bytes) {
        ssize_t got = read(fd, at + n, bytes - n);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

int script_read(struct arena *arena, const char *path, struct str *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(err, path, strerror(errno));
    char *at = arena_alloc(arena, SCRIPT_BYTES);
    ssize_t n = read_all(fd, at, SCRIPT_BYTES);
    close(fd);
    if (n < 0 || n == SCRIPT_BYTES)
        return unreadable(err, path, n < 0 ? "read error" : "too large");
    *out = (struct str){ at, (size_t)n };
    return 0;
}

static struct str take_line(struct str *rest)
{
    const char *newline = memchr(rest->at, '\n', rest->len);
    struct str line = { rest->at, newline ? (size_t)(newline - rest->at) + 1 : rest->len };
    rest->at += line.len;
    rest->len -= line.len;
    return line;
}

static bool is_comment_or_blank(struct str line)
{
    return (line.len >= 2 && line.at[0] == '-' && line.at[1] == '-') || line.at[0] == '\n';
}

/* The next statement, without the comments and blank lines before it; empty at the end. */
static struct str take_statement(struct str *rest)
{
    while (rest->len) {
        struct str ahead = *rest;
        if (!is_comment_or_blank(take_line(&ahead)))
            break;
        *rest = ahead;
    }
    struct str statement = { rest->at, 0 };
    while (rest->len) {
        struct str line = take_line(rest);
        statement.len += line.len;
        if (line.len >= 2 && memcmp(line.at + line.len - 2, ";\n", 2) == 0) {
            statement.len -= 2;
            break;
        }
    }
    return statement;
}

int script_run(struct db *db, struct str script, struct error *err)
{
    if (db_ready(db, err) != 0)
        return -1;
    for (;;) {
        struct str statement = take_statement(&script);
        if (!statement.len)
            return 0;
        if (mysql_real_query(db->mysql, statement.at, statement.len) != 0)
            return db_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql), true, err);
    }
}

int db_run_file(struct db *db, const char *path, struct error *err)
{
    struct arena *arena = arena_new(2 * SCRIPT_BYTES);
    struct str script;
    int rc = script_read(arena, path, &script, err);
    if (rc == 0)
        rc = script_run(db, script, err);
    arena_free(&arena);
    return rc;
}
