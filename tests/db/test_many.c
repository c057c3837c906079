/* One statement for many rows in one message: what is written is what many statements would write.
 */
#include "database.h"

#define INSERT "INSERT INTO thing (k, n, word, id) VALUES (?, ?, ?, ?)"

static struct many many;
static int64_t changed;

static void collect(const char *sql, const struct value *values, size_t count)
{
    many.sql = sql;
    many_add(&many, values, count);
}

static int run(struct db *on, void *arg, struct error *e)
{
    (void)arg;
    return db_run_many(on, &many, &changed, e);
}

/* In a transaction of its own; what was collected is forgotten. */
static int commit(void)
{
    err = (struct error){ 0 };
    int rc = db_transaction(db, run, NULL, &err);
    many = (struct many){ .arena = arena };
    return rc;
}

static int64_t number(const char *sql)
{
    return ask_number(db, sql);
}

static void thing(int64_t k, struct value n, struct value word, struct value id)
{
    collect(INSERT, VALUES(VALUE_OF_INTEGER(k), n, word, id));
}

static void rows_of_all_kinds(void)
{
    static const struct value null = { .type = VALUE_NULL };
    struct uuid uuid = { { 0, 255, 7 } };
    thing(1, VALUE_OF_INTEGER(INT64_MIN), BYTES(""), null);
    thing(2, null, VALUE_OF_BYTES(((struct str){ "a\0b", 3 })), VALUE_OF_UUID(uuid));
    thing(3, VALUE_OF_INTEGER(7), BYTES("\xf0\x9f\x8f\x9d"), null);
    ok(commit() == 0 && changed == 3, "three rows are written");
    is_text(ask(db, "SELECT GROUP_CONCAT(CONCAT_WS('|', k, n, HEX(word), HEX(id)) ORDER BY k"
                    " SEPARATOR ' ') FROM thing")
                .bytes.at,
            "1|-9223372036854775808| 2|610062|00FF0700000000000000000000000000 3|7|F09F8F9D",
            "numbers, NULLs, empty text, zeros and ids arrive as they are");
    thing(4, null, null, null);
    thing(5, null, null, null);
    ok(commit() == 0 && number("SELECT COUNT(*) FROM thing WHERE word IS NULL") == 2,
       "a column of nothing but NULL");
    for (int64_t k = 10; k < 3010; k++)
        thing(k, VALUE_OF_INTEGER(k), BYTES("w"), null);
    ok(commit() == 0 && changed == 3000, "three thousand rows");
    is_number(number("SELECT SUM(n = k AND word = 'w') FROM thing WHERE k >= 10"), 3000,
              "each its own");
    changed = 9;
    ok(commit() == 0 && changed == 0, "none at all is no statement");
}

static void updates_are_counted(void)
{
    static const char *const sql = "UPDATE thing SET n = ? WHERE k = ? AND n <> 0";
    for (int64_t k = 8; k < 18; k++)
        collect(sql, VALUES(VALUE_OF_INTEGER(-k), VALUE_OF_INTEGER(k)));
    ok(commit() == 0 && changed == 8, "updates count the rows that they changed, together");
    is_number(number("SELECT SUM(n = -k) FROM thing WHERE k BETWEEN 10 AND 17"), 8,
              "each set its own");
    for (int64_t k = 16; k < 20; k++)
        collect("INSERT INTO thing (k) VALUES (?) ON DUPLICATE KEY UPDATE k = k",
                VALUES(VALUE_OF_INTEGER(k + 2992)));
    ok(commit() == 0 && changed == 2, "an insert unless there counts those that were not");
}

static void large_rows(void)
{
    static char megabytes[3][6 << 20];
    for (size_t i = 0; i < 3; i++) {
        memset(megabytes[i], 'a' + (int)i, sizeof megabytes[i]);
        thing(9000 + (int64_t)i, VALUE_OF_INTEGER(0),
              VALUE_OF_BYTES(((struct str){ megabytes[i], sizeof megabytes[i] })),
              (struct value){ .type = VALUE_NULL });
    }
    ok(commit() == 0 && changed == 3, "more than the server takes in one message");
    is_number(number("SELECT SUM(LENGTH(word)) FROM thing WHERE k >= 9000"), 3 * (6 << 20),
              "is written whole");
    thing(1, VALUE_OF_INTEGER(0), VALUE_OF_BYTES(((struct str){ megabytes[0], sizeof megabytes })),
          (struct value){ .type = VALUE_NULL });
    thing(2, VALUE_OF_INTEGER(0), BYTES(""), (struct value){ .type = VALUE_NULL });
    ok(commit() == -1 && err.kind == ERROR_TOO_LARGE, "a row that is too large alone is refused");
}

/* A body that goes on after a row was refused. */
static int run_and_go_on(struct db *on, void *arg, struct error *e)
{
    (void)arg;
    bool refused = db_run_many(on, &many, &changed, e) == -1 && e->kind == ERROR_CONFLICT;
    is_number(number("SELECT COUNT(*) FROM thing WHERE k BETWEEN 5000 AND 5009"), 0,
              "of an INSERT none is written when one is refused");
    return refused ? db_run(on, "INSERT INTO thing (k) VALUES (6000)", NULL, 0, NULL, NULL, NULL, e)
                   : -1;
}

static void one_is_refused(void)
{
    for (int64_t k = 5000; k < 5010; k++)
        thing(k == 5007 ? 1 : k, VALUE_OF_INTEGER(0), BYTES(""),
              VALUE_OF_UUID((struct uuid){ { 0 } }));
    ok(db_transaction(db, run_and_go_on, NULL, &err) == 0 &&
           number("SELECT COUNT(*) FROM thing WHERE k = 6000") == 1,
       "and the transaction goes on");
    ok(commit() == -1 && err.kind == ERROR_CONFLICT &&
           number("SELECT COUNT(*) FROM thing WHERE k BETWEEN 5000 AND 5009") == 0,
       "nor by a transaction that fails for it");
    thing(5000, VALUE_OF_INTEGER(1), BYTES(""), BYTES("0123456789abcdef"));
    thing(5001, BYTES("1"), BYTES(""), BYTES("0123456789abcdef"));
    ok(commit() == -1 && err.kind == ERROR_INTERNAL, "a column of two types is refused");
    collect("INSERT INTO thing (k) VALUES (?)", VALUES(VALUE_OF_INTEGER(1), VALUE_OF_INTEGER(2)));
    collect("INSERT INTO thing (k) VALUES (?)", VALUES(VALUE_OF_INTEGER(3), VALUE_OF_INTEGER(4)));
    ok(commit() == -1 && err.kind == ERROR_INTERNAL, "and so is another number of values");
    collect("INSERT INTO thing (k) VALUES (?)", VALUES(VALUE_OF_INTEGER(7000)));
    collect("INSERT INTO thing (k) VALUES (?)", VALUES(VALUE_OF_INTEGER(7001)));
    ok(db_run_many(db, &many, &changed, &err) == -1 && err.kind == ERROR_INTERNAL &&
           number("SELECT COUNT(*) FROM thing WHERE k >= 7000") == 3,
       "outside of a transaction many are not run");
    many.count = 1;
    ok(db_run_many(db, &many, &changed, &err) == 0 && changed == 1, "but one is");
    many = (struct many){ .arena = arena };
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    many.arena = arena;
    must(db, "CREATE TABLE thing (k BIGINT PRIMARY KEY, n BIGINT, word MEDIUMTEXT, id BINARY(16))"
             " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    rows_of_all_kinds();
    updates_are_counted();
    large_rows();
    one_is_refused();
    return database_end();
}
