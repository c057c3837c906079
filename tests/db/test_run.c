/* db_run keeps its promises: values come back as they went, errors by kind, nothing is ever cut. */
#include "database.h"

static void values_come_back(void)
{
    static const char text[] = "na\xc3\xafve \xf0\x9f\x8f\x9d\0after NUL \xe2\x80\xa8 ' \" \\ %";
    const struct str whole = { text, sizeof text - 1 };
    must(db, "CREATE TABLE kept (id INT PRIMARY KEY, t MEDIUMTEXT, v VARCHAR(200),"
             " b BINARY(16), n BIGINT, e ENUM('open','settled'))");
    const struct str key = { "\xff\xfe\0\xc3\x28 0123456789", 16 };
    ok(db_run(db, "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)",
              VALUES(VALUE_OF_INTEGER(1), VALUE_OF_BYTES(whole), VALUE_OF_BYTES(whole),
                     VALUE_OF_BYTES(key), VALUE_OF_INTEGER(INT64_MIN), BYTES("settled")),
              NULL, NULL, NULL, &err) == 0,
       "text with NUL and four-byte characters is stored");
    struct rows rows;
    ok(db_run(db, "SELECT t, v, b, n, e FROM kept WHERE b = ? AND v = ?",
              VALUES(VALUE_OF_BYTES(key), VALUE_OF_BYTES(whole)), arena, &rows, NULL, &err) == 0 &&
           rows.count == 1 && rows.columns == 5,
       "and found by its bytes");
    ok(str_equal(rows_at(&rows, 0, 0)->bytes, whole), "the long text is the same bytes");
    ok(str_equal(rows_at(&rows, 0, 1)->bytes, whole), "the short text is the same bytes");
    ok(str_equal(rows_at(&rows, 0, 2)->bytes, key), "binary that is no UTF-8 is the same bytes");
    is_number(rows_at(&rows, 0, 3)->integer, INT64_MIN, "the smallest integer");
    is_text(rows_at(&rows, 0, 4)->bytes.at, "settled", "an enumeration is its word, NUL behind it");
}

static void nulls_and_empties(void)
{
    must(db, "INSERT INTO kept (id, t, v) VALUES (2, NULL, '')");
    struct rows rows;
    db_run(db, "SELECT t, v, n, ? FROM kept WHERE id = 2", VALUES({ .type = VALUE_NULL }), arena,
           &rows, NULL, &err);
    ok(rows_at(&rows, 0, 0)->type == VALUE_NULL && !rows_at(&rows, 0, 0)->bytes.at,
       "NULL text is absent");
    ok(rows_at(&rows, 0, 1)->type == VALUE_BYTES && rows_at(&rows, 0, 1)->bytes.at &&
           rows_at(&rows, 0, 1)->bytes.len == 0,
       "empty text is there and empty");
    ok(rows_at(&rows, 0, 2)->type == VALUE_NULL, "a NULL number is NULL");
    ok(db_run(db, "SELECT id FROM kept WHERE id = 99", NULL, 0, arena, &rows, NULL, &err) == 0 &&
           rows.count == 0,
       "no row is no error");
}

static void large_values_are_whole(void)
{
    size_t len = 3 << 20;
    char *big = malloc(len);
    for (size_t i = 0; i < len; i++)
        big[i] = (char)('a' + i % 26);
    struct rows rows;
    ok(db_run(db, "UPDATE kept SET t = ? WHERE id = 1",
              VALUES(VALUE_OF_BYTES(((struct str){ big, len }))), NULL, NULL, NULL, &err) == 0 &&
           db_run(db, "SELECT id, t FROM kept ORDER BY id", NULL, 0, arena, &rows, NULL, &err) ==
               0 &&
           rows.count == 2,
       "3 MiB go and come");
    ok(str_equal(rows_at(&rows, 0, 1)->bytes, (struct str){ big, len }), "whole");
    struct arena *small = arena_new(1 << 20);
    ok(db_run(db, "SELECT id, t FROM kept ORDER BY id", NULL, 0, small, &rows, NULL, &err) == -1 &&
           err.kind == ERROR_TOO_LARGE,
       "more than the arena may hold is ERROR_TOO_LARGE");
    arena_free(&small);
    is_number(ask_number(db, "SELECT 7"), 7, "and the handle goes on");
    free(big);
    big = calloc(1, 20 << 20);
    struct value huge = VALUE_OF_BYTES(((struct str){ big, 20 << 20 }));
    ok(db_run(db, "SELECT LENGTH(?)", &huge, 1, arena, &rows, NULL, &err) == -1 &&
           err.kind == ERROR_TOO_LARGE,
       "more than a packet is ERROR_TOO_LARGE, not a lost connection");
    is_number(ask_number(db, "SELECT 8"), 8, "and the handle goes on");
    free(big);
}

static void many_rows(void)
{
    must(db, "CREATE TABLE counted (n INT PRIMARY KEY)");
    must(db, "INSERT INTO counted SELECT seq FROM seq_1_to_5000");
    struct rows rows;
    db_run(db, "SELECT n, CONCAT('row ', n) FROM counted ORDER BY n", NULL, 0, arena, &rows, NULL,
           &err);
    int wrong = rows.count != 5000;
    for (size_t i = 0; i < rows.count; i++) {
        char want[32];
        snprintf(want, sizeof want, "row %zu", i + 1);
        wrong += rows_at(&rows, i, 0)->integer != (int64_t)i + 1 ||
                 !str_is(rows_at(&rows, i, 1)->bytes, want);
    }
    is_number(wrong, 0, "5,000 rows arrive in order, each with its own values");
    is_number(ask_number(db, "SELECT SUM(n) FROM counted"), 12502500, "a sum is an integer");
}

static void nothing_is_cut(void)
{
    struct rows rows;
    ok(db_run(db, "SELECT CAST(18446744073709551615 AS UNSIGNED)", NULL, 0, arena, &rows, NULL,
              &err) == -1 &&
           err.kind == ERROR_INTERNAL,
       "a number beyond 64 signed bits is an error, not another number");
    ok(db_run(db, "SELECT SUM(n) * 1000000000000000000 FROM counted", NULL, 0, arena, &rows, NULL,
              &err) == -1,
       "so is a sum beyond them");
    ok(try_sql(db, "INSERT INTO kept (id, v) VALUES (3, REPEAT('x', 201))") == -1 &&
           err.kind == ERROR_INTERNAL,
       "text that is too long for its column is refused, not cut");
    ok(db_run(db, "INSERT INTO kept (id, v) VALUES (3, ?)", VALUES(BYTES("\xf0\x28")), NULL, NULL,
              NULL, &err) == -1,
       "broken UTF-8 is refused in a text column");
    ok(!strstr(err.log, "\xf0"), "and the log does not quote it");
    ok(try_sql(db, "INSERT INTO kept (id, e) VALUES (3, 'neither')") == -1,
       "a word that is none of an enumeration's is refused");
    ok(try_sql(db, "INSERT INTO kept (id, n) VALUES (3, '2026x')") == -1,
       "half a number is refused");
    ok(try_sql(db, "UPDATE kept SET n = 9223372036854775807 + id") == -1,
       "a sum beyond the column is refused");
}

static void errors_by_kind(void)
{
    must(db, "CREATE TABLE child (id INT PRIMARY KEY, kept INT,"
             " CONSTRAINT f FOREIGN KEY (kept) REFERENCES kept (id))");
    ok(try_sql(db, "INSERT INTO kept (id, v) VALUES (1, 'a secret word')") == -1 &&
           err.kind == ERROR_CONFLICT && !strcmp(err.code, "duplicate"),
       "a key that is there: ERROR_CONFLICT duplicate");
    must(db, "CREATE UNIQUE INDEX only_one ON kept (v)");
    must(db, "INSERT INTO kept (id, v) VALUES (4, 'secret')");
    try_sql(db, "INSERT INTO kept (id, v) VALUES (5, 'secret')");
    ok(!strstr(err.log, "secret") && !strstr(err.message, "secret") && strstr(err.log, "1062"),
       "its log has the number and not the value");
    ok(try_sql(db, "INSERT INTO child VALUES (1, 77)") == -1 && err.kind == ERROR_NOT_FOUND &&
           !strcmp(err.code, "no_parent"),
       "a parent that is missing: ERROR_NOT_FOUND no_parent");
    must(db, "INSERT INTO child VALUES (1, 1)");
    ok(try_sql(db, "DELETE FROM kept WHERE id = 1") == -1 && err.kind == ERROR_CONFLICT &&
           !strcmp(err.code, "in_use"),
       "a parent that is needed: ERROR_CONFLICT in_use");
    ok(try_sql(db, "SELEC 1") == -1 && err.kind == ERROR_INTERNAL && strstr(err.log, "1064") &&
           !strstr(err.message, "SELEC"),
       "broken SQL: ERROR_INTERNAL, MariaDB's number in the log, no SQL for the client");
    ok(db_run(db, "SELECT ?", NULL, 0, NULL, NULL, NULL, &err) == -1 && err.kind == ERROR_INTERNAL,
       "too few values: ERROR_INTERNAL");
    ok(try_sql(db, "SELECT 1; SELECT 2") == -1, "two statements in one text are refused");
}

static void changed_counts(void)
{
    int64_t changed = -1;
    must(db, "CREATE TABLE sums (k INT PRIMARY KEY, n INT)");
    const char *upsert = "INSERT INTO sums VALUES (1, 5) ON DUPLICATE KEY UPDATE n = n + VALUES(n)";
    db_run(db, upsert, NULL, 0, NULL, NULL, &changed, &err);
    is_number(changed, 1, "an upsert that inserts counts 1");
    db_run(db, upsert, NULL, 0, NULL, NULL, &changed, &err);
    is_number(changed, 2, "an upsert that updates counts 2");
    db_run(db, "UPDATE sums SET n = 10 WHERE k = 1", NULL, 0, NULL, NULL, &changed, &err);
    is_number(changed, 0, "an update to the same value counts 0");
    db_run(db, "UPDATE sums SET n = 11", NULL, 0, NULL, NULL, &changed, &err);
    is_number(changed, 1, "an update counts its rows");
    db_run(db, "DELETE FROM sums WHERE k = 2", NULL, 0, NULL, NULL, &changed, &err);
    is_number(changed, 0, "a delete of nothing counts 0");
}

static void statements_are_kept(void)
{
    struct db *own = database_open_as("root");
    const char *prepares =
        "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.SESSION_STATUS"
        " WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'";
    int64_t before = ask_number(own, prepares);
    for (int i = 0; i < 50; i++)
        ask_number(own, "SELECT 4321");
    is_number(ask_number(own, prepares) - before, 1, "a statement is prepared once");
    char sql[64];
    for (int i = 0; i < 400; i++) {
        snprintf(sql, sizeof sql, "SELECT %d", i);
        if (ask_number(own, sql) != i)
            bail_out(sql);
    }
    const char *balance = "SELECT CAST(SUM(IF(VARIABLE_NAME LIKE '%PREPARE', 1, -1)"
                          " * VARIABLE_VALUE) AS SIGNED)"
                          " FROM information_schema.SESSION_STATUS"
                          " WHERE VARIABLE_NAME IN ('COM_STMT_PREPARE', 'COM_STMT_CLOSE')";
    int64_t open = ask_number(own, balance);
    ok(open > 100 && open <= 128, "at most 128 are kept (%lld)", (long long)open);
    is_number(ask_number(own, "SELECT 4321"), 4321, "one that was dropped is prepared again");
    db_free(&own);
}

static void tables_change_underneath(void)
{
    const char *sql = "SELECT word, n FROM changing";
    must(db, "CREATE TABLE changing (n TINYINT, word VARCHAR(5))");
    must(db, "INSERT INTO changing VALUES (7, 'short')");
    is_text(ask(db, sql).bytes.at, "short", "a statement is prepared");
    struct db *other = database_open_as("root");
    must(other, "ALTER TABLE changing MODIFY word MEDIUMTEXT, MODIFY n BIGINT");
    must(other, "UPDATE changing SET word = REPEAT('long', 50000), n = 1 << 40");
    db_free(&other);
    struct rows rows;
    ok(db_run(db, sql, NULL, 0, arena, &rows, NULL, &err) == 0 &&
           rows_at(&rows, 0, 0)->bytes.len == 200000 && rows_at(&rows, 0, 1)->integer == 1LL << 40,
       "and reads whole values after a migration widened the columns");
}

static void text_keys_use_their_index(void)
{
    must(db, "CREATE TABLE named (t INT, name VARCHAR(128), b BINARY(16), PRIMARY KEY (t, name),"
             " KEY b (b)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    must(db, "INSERT INTO named SELECT 1, CONCAT('m', seq), UNHEX(MD5(seq)) FROM seq_1_to_2000");
    must(db, "ANALYZE TABLE named");
    struct rows rows;
    db_run(db, "EXPLAIN SELECT b FROM named WHERE t = ? AND name = ?",
           VALUES(VALUE_OF_INTEGER(1), BYTES("m77")), arena, &rows, NULL, &err);
    is_text(rows_at(&rows, 0, 3)->bytes.at, "const", "text in a key is looked up, not scanned");
    db_run(db, "EXPLAIN SELECT name FROM named WHERE b = ?",
           VALUES(VALUE_OF_BYTES(((struct str){ "\xff\x80 3456789012345", 16 }))), arena, &rows,
           NULL, &err);
    ok(str_is(rows_at(&rows, 0, 3)->bytes, "ref"), "so are bytes that are no UTF-8");
}

static void session_is_set(void)
{
    static const char *const settings[][2] = {
        { "SELECT @@character_set_client", "utf8mb4" },
        { "SELECT @@collation_connection", "utf8mb4_bin" },
        { "SELECT @@time_zone", "+00:00" },
        { "SELECT @@tx_isolation", "READ-COMMITTED" },
        { "SELECT CAST(@@innodb_lock_wait_timeout AS CHAR)", "2" },
        { "SELECT CAST(@@max_statement_time AS CHAR)", "8.000000" },
        { "SELECT CAST(@@autocommit AS CHAR)", "ON" },
        { "SELECT CAST(@@wsrep_sync_wait AS CHAR)", "1" },
        { "SELECT CAST(@@foreign_key_checks AS CHAR)", "ON" },
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        is_text(ask(db, settings[i][0]).bytes.at, settings[i][1], "%s", settings[i][0]);
    ok(ask_number(db,
                  "SELECT @@sql_mode LIKE '%STRICT_ALL_TABLES%' AND"
                  " @@sql_mode LIKE '%STRICT_TRANS_TABLES%' AND @@sql_mode LIKE '%TRADITIONAL%'"),
       "sql_mode is strict");
    ok(strstr(db_server_version(db), "MariaDB"), "the server's version is known: %s",
       db_server_version(db));
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    session_is_set();
    values_come_back();
    nulls_and_empties();
    large_values_are_whole();
    many_rows();
    nothing_is_cut();
    errors_by_kind();
    changed_counts();
    statements_are_kept();
    tables_change_underneath();
    text_keys_use_their_index();
    return database_end();
}
