/* grants.sql is a wall: each account is tried on every table, in every way, by direct SQL. */
#include "every_row.h"

#include "bar.h"

/* What each account may do: a letter each for select, insert, update, delete. A table that is not
 * here may be nobody's, so a new one has to be thought about. */
static const struct right {
    const char *table, *worker, *operator_;
} rights[] = {
    { "tenant", "s---", "siu-" },
    { "identity_provider", "s---", "siud" },
    { "operator", "s---", "siud" },
    { "key_set", "siu-", "s--d" },
    { "data_key", "s---", "siud" },
    { "setting", "s---", "siu-" },
    { "cors_origin", "s---", "si-d" },
    { "provider", "s---", "siud" },
    { "model", "s---", "siud" },
    { "model_route", "s---", "si-d" },
    { "model_alias", "s---", "si-d" },
    { "user", "siu-", "----" },
    { "conversation", "siud", "----" },
    { "message", "siud", "----" },
    { "turn", "siu-", "s---" },
    { "budget", "siu-", "siu-" },
    { "usage_hour", "siu-", "s---" },
    { "active_user", "siu-", "s---" },
    { "response", "si-d", "----" },
    { "idempotency", "siud", "----" },
    { "schema_migration", "s---", "s---" },
};

static bool is_denied(void)
{
    return err.kind == ERROR_INTERNAL &&
           (strstr(err.log, "1142 ") == err.log || strstr(err.log, "1143 ") == err.log);
}

/* No row is read or changed: the rights alone decide, before any row is looked at. */
static bool may(struct db *account, const char *table, const char *column, char how)
{
    char sql[256];
    if (how == 's')
        snprintf(sql, sizeof sql, "SELECT `%s` FROM `%s` LIMIT 0", column, table);
    else if (how == 'i')
        snprintf(sql, sizeof sql, "INSERT INTO %s (%s) SELECT 1 FROM dual WHERE 1 = 0", table,
                 column);
    else if (how == 'u')
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = 1 WHERE 1 = 0", table, column);
    else
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE 1 = 0", table);
    return try_sql(account, sql) == 0 || !is_denied();
}

static const char *wanted(const char *table, bool is_worker)
{
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
        if (!strcmp(rights[i].table, table))
            return is_worker ? rights[i].worker : rights[i].operator_;
    return "a line for this table";
}

/* The letter where it is allowed on every column, '-' where on none, '?' where only on some. */
static char tried(struct db *account, const char *table, const struct rows *columns, char how)
{
    size_t allowed = 0;
    for (size_t i = 0; i < columns->count; i++)
        allowed += may(account, table, cell(columns, i, 0), how);
    return allowed == 0 ? '-' : allowed == columns->count ? how : '?';
}

static void try_table(struct db *account, bool is_worker, const char *table, long *as_wanted)
{
    struct rows columns = schema_rows(
        arena_printf(arena,
                     "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA ="
                     " DATABASE() AND TABLE_NAME = '%s'",
                     table));
    const char *want = wanted(table, is_worker);
    char got[5] = "";
    for (int i = 0; i < 4; i++) {
        got[i] = tried(account, table, &columns, "siud"[i]);
        *as_wanted += strlen(want) == 4 && got[i] == want[i];
    }
    is_text(got, want, "%s on %s: %s", is_worker ? "worker" : "operator", table, want);
}

static void try_tables(struct db *worker, struct db *operator_account)
{
    struct rows tables = schema_rows(EVERY_TABLE);
    long as_wanted = 0;
    for (size_t i = 0; i < tables.count; i++) {
        try_table(worker, true, cell(&tables, i, 0), &as_wanted);
        try_table(operator_account, false, cell(&tables, i, 0), &as_wanted);
    }
    is_number((long long)(sizeof rights / sizeof rights[0]), (long long)tables.count,
              "and no line here is of a table that is gone");
    bar("B12", "rights of two accounts on every table, four verbs each, as grants.sql means them",
        as_wanted, (long)tables.count * 2 * 4);
}

static void nothing_else(struct db *account, const char *name)
{
    static const char *const deeds[] = {
        "DROP TABLE idempotency",
        "ALTER TABLE message ADD COLUMN x INT",
        "CREATE TABLE mine (n INT)",
        "CREATE VIEW seen AS SELECT 1",
        "CREATE INDEX i ON turn (cost)",
        "TRUNCATE TABLE turn",
        "GRANT SELECT ON message TO insula_operator",
        "SELECT COUNT(*) FROM mysql.user",
        "SELECT 1 INTO OUTFILE '/tmp/insula-grants-out'",
        "SET GLOBAL max_connections = 1",
    };
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        ok(try_sql(account, deeds[i]) == -1, "%s may not: %s", name, deeds[i]);
}

/* Ways around a table's rights that a reader may think of. */
static void blind(struct db *operator_account)
{
    static const char *const ways[] = {
        "SELECT content FROM message",
        "SELECT (SELECT COUNT(*) FROM message)",
        "SELECT u.email FROM turn JOIN user u USING (tenant_id, user_id)",
        "SELECT title FROM conversation UNION SELECT 'x'",
        "SHOW CREATE TABLE message",
        "INSERT INTO setting (tenant_id, welcome) SELECT 1, content FROM message",
        "UPDATE setting SET welcome = (SELECT MAX(content) FROM message)",
        "SELECT name FROM idempotency",
        "SELECT settings FROM response",
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        ok(try_sql(operator_account, ways[i]) == -1, "head office cannot: %s", ways[i]);
}

/* ---- a canary in every column with content: head office's account sees none, by any column ----
 */

#define CANARY "canary\xf0\x9f\x90\xa4"

/* All columns that can hold words. */
#define WORDS                                                                                      \
    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND"                         \
    " DATA_TYPE IN ('char', 'varchar', 'text', 'mediumtext', 'varbinary', 'mediumblob')"

/* Into every table that is closed to head office: what people say, and who they are. */
static long plant_canaries(void)
{
    struct rows columns = schema_rows("SELECT TABLE_NAME, COLUMN_NAME" WORDS);
    long planted = 0;
    for (size_t i = 0; i < columns.count; i++) {
        const char *table = cell(&columns, i, 0);
        if (strcmp(wanted(table, false), "----") != 0)
            continue;
        must(db, arena_printf(arena, "UPDATE `%s` SET `%s` = '" CANARY "' WHERE tenant_id = 1",
                              table, cell(&columns, i, 1)));
        planted++;
    }
    return planted;
}

/* How many columns show a canary to an account. */
static long canaries_seen(struct db *account)
{
    struct rows columns = schema_rows("SELECT TABLE_NAME, COLUMN_NAME" WORDS);
    long seen = 0;
    for (size_t i = 0; i < columns.count; i++) {
        struct rows rows;
        const char *sql =
            arena_printf(arena, "SELECT COUNT(*) FROM `%s` WHERE `%s` LIKE '%%" CANARY "%%'",
                         cell(&columns, i, 0), cell(&columns, i, 1));
        if (db_run(account, sql, NULL, 0, arena, &rows, NULL, &err) == 0)
            seen += rows_at(&rows, 0, 0)->integer > 0;
    }
    return seen;
}

static void canaries(struct db *worker, struct db *operator_account)
{
    long planted = plant_canaries();
    is_number(canaries_seen(worker), planted,
              "the worker sees the canary in every column of content");
    bar("B15", "columns of content that head office's account cannot read",
        planted - canaries_seen(operator_account), planted);
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    database_migrate();
    must(db, "CREATE USER IF NOT EXISTS insula_worker");
    must(db, "CREATE USER IF NOT EXISTS insula_operator");
    ok(db_run_file(db, "schema/grants.sql", &err) == 0, "grants.sql runs");
    ok(db_run_file(db, "schema/grants.sql", &err) == 0, "and runs again after the next migration");
    struct db *worker = database_open_as("insula_worker");
    struct db *operator_account = database_open_as("insula_operator");
    try_tables(worker, operator_account);
    nothing_else(worker, "worker");
    nothing_else(operator_account, "operator");
    blind(operator_account);
    every_row_make();
    canaries(worker, operator_account);
    db_free(&worker);
    db_free(&operator_account);
    return database_end();
}
