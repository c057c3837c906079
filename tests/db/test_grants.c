/* grants.sql is a wall: each account is tried on every table, in every way, by direct SQL. */
#include "database.h"

/* What each account may do: a letter each for select, insert, update, delete. Tables that are not
 * here fail the test, so a new table has to be thought about. */
static const struct right {
    const char *table, *worker, *operator_;
} rights[] = {
    { "tenant", "s---", "siu-" },
    { "identity_provider", "s---", "siud" },
    { "operator", "s---", "siud" },
    { "key_set", "siu-", "s--d" },
    { "data_key", "s---", "siud" },
    { "setting", "s---", "siu-" },
    { "provider", "s---", "siud" },
    { "model", "s---", "siud" },
    { "user", "siu-", "----" },
    { "conversation", "siud", "----" },
    { "message", "siud", "----" },
    { "turn", "siu-", "s---" },
    { "budget", "siu-", "siu-" },
    { "usage_hour", "siu-", "s---" },
    { "active_user", "siu-", "s---" },
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
        snprintf(sql, sizeof sql, "SELECT %s FROM %s LIMIT 0", column, table);
    else if (how == 'i')
        snprintf(sql, sizeof sql, "INSERT INTO %s (%s) SELECT 1 FROM dual WHERE 1 = 0", table,
                 column);
    else if (how == 'u')
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = 1 WHERE 1 = 0", table, column);
    else
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE 1 = 0", table);
    return try_sql(account, sql) == 0 || !is_denied();
}

static void try_table(struct db *account, const char *name, const char *table, const char *want)
{
    char sql[256], got[5] = "";
    snprintf(sql, sizeof sql,
             "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
             " AND TABLE_NAME = '%s' ORDER BY ORDINAL_POSITION LIMIT 1",
             table);
    const char *column = ask(db, sql).bytes.at;
    for (int i = 0; i < 4; i++)
        got[i] = may(account, table, column, "siud"[i]) ? "siud"[i] : '-';
    is_text(got, want, "%s on %s: %s", name, table, want);
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
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        ok(try_sql(operator_account, ways[i]) == -1, "head office cannot: %s", ways[i]);
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
    size_t n = sizeof rights / sizeof rights[0];
    for (size_t i = 0; i < n; i++) {
        try_table(worker, "worker", rights[i].table, rights[i].worker);
        try_table(operator_account, "operator", rights[i].table, rights[i].operator_);
    }
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.TABLES"
                             " WHERE TABLE_SCHEMA = DATABASE()"),
              (long long)n, "and there is no table besides");
    nothing_else(worker, "worker");
    nothing_else(operator_account, "operator");
    blind(operator_account);
    db_free(&worker);
    db_free(&operator_account);
    return database_end();
}
