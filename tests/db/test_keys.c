/* Keys are a wall: every key of a tenant's table begins with tenant_id, so a row that points across
 * tenants, or at another person's conversation, cannot exist. */
#include "every_row.h"

#include "bar.h"

/* Tables that belong to the house; all others are a tenant's. key_set hangs on its identity
 * provider, and no tenant's request reaches it. */
#define HOUSE                                                                                      \
    "('tenant', 'identity_provider', 'operator', 'key_set', 'data_key', 'schema_migration')"
#define TENANT_TABLES " TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN " HOUSE

static void keys_begin_with_the_tenant(void)
{
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.TABLES WHERE" TENANT_TABLES),
              15, "fifteen tables are a tenant's");
    is_number(ask_number(db,
                         "SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.STATISTICS"
                         " WHERE" TENANT_TABLES " AND INDEX_NAME = 'PRIMARY' AND SEQ_IN_INDEX = 1"
                         " AND COLUMN_NAME = 'tenant_id'"),
              15, "each has tenant_id first in its primary key");
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE"
                             " TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN " HOUSE
                             " AND NON_UNIQUE = 0 AND SEQ_IN_INDEX = 1"
                             " AND COLUMN_NAME <> 'tenant_id'"),
              0, "and in every other unique key");
    is_number(ask_number(
                  db, "SELECT COUNT(*) FROM information_schema.KEY_COLUMN_USAGE WHERE" TENANT_TABLES
                      " AND REFERENCED_TABLE_NAME IS NOT NULL AND ORDINAL_POSITION = 1"
                      " AND NOT (COLUMN_NAME = 'tenant_id'"
                      " AND REFERENCED_COLUMN_NAME = 'tenant_id')"),
              0, "every foreign key begins with tenant_id on both sides");
    ok(ask_number(db, "SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.KEY_COLUMN_USAGE"
                      " WHERE" TENANT_TABLES " AND REFERENCED_TABLE_NAME IS NOT NULL") == 15,
       "and every tenant's table has one");
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE"
                             " TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'tenant_id'"
                             " AND (COLUMN_TYPE <> 'int(10) unsigned' OR IS_NULLABLE = 'YES')"),
              0, "tenant_id is the same type everywhere, and never NULL");
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA ="
                             " DATABASE() AND (ENGINE <> 'InnoDB' OR TABLE_COLLATION <>"
                             " 'utf8mb4_bin' OR TABLE_COMMENT = '')"),
              0, "every table is InnoDB, compares bytes, and says what it is for");
}

/* ---- every foreign key of the schema, tried by direct SQL ---- */

#define OF_A_KEY                                                                                   \
    " FROM information_schema.KEY_COLUMN_USAGE WHERE" TENANT_TABLES                                \
    " AND REFERENCED_TABLE_NAME IS NOT NULL"

static struct db *worker; /* the account that the workers have */

static bool is_denied(void)
{
    return strstr(err.log, "1142 ") == err.log || strstr(err.log, "1143 ") == err.log;
}

static bool is_the_key(void)
{
    return !strcmp(err.code, "no_parent") || !strcmp(err.code, "in_use");
}

/* The key refuses the owner of the database, and the key or the grants the worker. */
static bool is_refused(const char *sql)
{
    bool by_key = try_sql(db, sql) == -1 && is_the_key();
    bool by_wall = try_sql(worker, sql) == -1 && (is_the_key() || is_denied());
    if (!by_key || !by_wall)
        printf("# not refused: %s\n", sql);
    return by_key && by_wall;
}

/* A copy of tenant 1's row that says it is another tenant's. */
static bool insert_is_refused(const char *child, int tenant)
{
    const char *columns =
        ask(db, arena_printf(arena,
                             "SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS"
                             " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '%s' AND"
                             " COLUMN_NAME <> 'tenant_id'",
                             child))
            .bytes.at;
    return is_refused(arena_printf(arena,
                                   "INSERT INTO `%s` (tenant_id, %s) SELECT %d, %s FROM `%s`"
                                   " WHERE tenant_id = 1",
                                   child, columns, tenant, columns, child));
}

/* Tenant 1's row, pointed at what is tenant 2's, one column of the key after the other. */
static bool updates_are_refused(const char *child, const char *constraint)
{
    struct rows columns = schema_rows(
        arena_printf(arena,
                     "SELECT COLUMN_NAME, REFERENCED_COLUMN_NAME, REFERENCED_TABLE_NAME" OF_A_KEY
                     " AND TABLE_NAME = '%s' AND CONSTRAINT_NAME = '%s' AND ORDINAL_POSITION > 1",
                     child, constraint));
    for (size_t i = 0; i < columns.count; i++)
        if (!is_refused(arena_printf(arena,
                                     "UPDATE `%s` SET `%s` = (SELECT MAX(p.`%s`) FROM `%s` p WHERE"
                                     " p.tenant_id = 2) WHERE tenant_id = 1",
                                     child, cell(&columns, i, 0), cell(&columns, i, 1),
                                     cell(&columns, i, 2))))
            return false;
    return true;
}

/* Where the tenant is all of the key, nobody's is the only wrong one. */
static bool link_holds(const char *child, const char *constraint, bool is_tenant_alone)
{
    int other = is_tenant_alone ? 3 : 2;
    return insert_is_refused(child, other) && updates_are_refused(child, constraint) &&
           is_refused(arena_printf(arena, "UPDATE `%s` SET tenant_id = %d WHERE tenant_id = 1",
                                   child, other));
}

static void rows_stay_at_home(void)
{
    struct rows links = schema_rows("SELECT TABLE_NAME, CONSTRAINT_NAME, COUNT(*)" OF_A_KEY
                                    " GROUP BY TABLE_NAME, CONSTRAINT_NAME");
    long held = 0;
    for (size_t i = 0; i < links.count; i++) {
        const char *child = cell(&links, i, 0), *constraint = cell(&links, i, 1);
        bool holds = link_holds(child, constraint, rows_at(&links, i, 2)->integer == 1);
        held += holds;
        ok(holds, "%s: no row of %s points across tenants", constraint, child);
    }
    bar("B12", "foreign keys across which no row can be pointed by direct SQL", held,
        (long)links.count);
}

/* Ids that no key ties: they outlive what they name, and are only ever read together with a scope.
 * A new one has to be thought about. */
static void other_ids_are_known(void)
{
    is_text(ask(db, "SELECT GROUP_CONCAT(c.TABLE_NAME, '.', c.COLUMN_NAME ORDER BY"
                    " c.TABLE_NAME, c.COLUMN_NAME SEPARATOR ' ')"
                    " FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = DATABASE()"
                    " AND c.COLUMN_NAME LIKE '%\\_id' AND c.COLUMN_KEY <> 'PRI'"
                    " AND NOT EXISTS (SELECT 1 FROM information_schema.KEY_COLUMN_USAGE k"
                    " WHERE k.TABLE_SCHEMA = DATABASE() AND k.TABLE_NAME = c.TABLE_NAME"
                    " AND k.COLUMN_NAME = c.COLUMN_NAME AND k.REFERENCED_TABLE_NAME IS NOT NULL)")
                .bytes.at,
            "conversation.leaf_id idempotency.turn_id message.parent_id message.turn_id"
            " response.after_id"
            " turn.answer_id turn.conversation_id turn.parent_id turn.provider_id",
            "ids without a foreign key are these");
}

/* Within a tenant, too, a message lies in its owner's conversation. */
static void people_stay_apart(void)
{
    must(db, "INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)"
             " VALUES (1, REPEAT('V', 16), 'i', 'carl', 'member', 0, 0)");
    ok(is_refused("INSERT INTO message (tenant_id, conversation_id, message_id, user_id, role,"
                  " content, bytes, state, created_ms) VALUES (1, REPEAT('C', 16),"
                  " REPEAT('N', 16), REPEAT('V', 16), 'user', 'hi', 2, 'complete', 0)"),
       "no message in another person's conversation");
    ok(try_sql(db, "UPDATE conversation SET user_id = REPEAT('V', 16) WHERE tenant_id = 1") == -1,
       "no conversation with messages is given to another person");
}

static void the_same_ids_elsewhere(void)
{
    must(db, "INSERT INTO conversation (tenant_id, conversation_id, user_id, touched, created_ms,"
             " updated_ms) VALUES (2, REPEAT('C', 16), REPEAT('u', 16), '', 0, 0)");
    ok(try_sql(db, "DELETE FROM conversation WHERE tenant_id = 2") == 0,
       "two tenants may have the same id");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message WHERE tenant_id = 1"), 1,
              "and deleting one's leaves the other's messages");
    must(db, "DELETE FROM conversation WHERE tenant_id = 1");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 0,
              "a conversation takes its own messages along");
}

static void words_are_bytes(void)
{
    static const char *const bad[] = { "", "Island", "is land", "-x", "x\n", "\xc3\xa9", "a/b" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(db_run(db, "INSERT INTO tenant (slug, name, created_ms) VALUES (?, 'x', 0)",
                  VALUES(BYTES(bad[i])), NULL, NULL, NULL, &err) == -1,
           "no slug: \"%s\"", strcmp(bad[i], "x\n") ? bad[i] : "x and a new line");
    ok(try_sql(db, "INSERT INTO tenant (slug, name, created_ms) VALUES ('a_b-9', 'x', 0)") == 0,
       "a slug: a_b-9");
    must(db, "INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)"
             " VALUES (1, REPEAT('d', 16), 'i', 'Anna', 'member', 0, 0),"
             " (1, REPEAT('e', 16), 'i', 'anna ', 'member', 0, 0)");
    ok(1, "anna, Anna and \"anna \" are three people");
    ok(try_sql(db, "INSERT INTO setting (tenant_id, brand_color) VALUES (1, '#12345\n')") == -1,
       "no colour: six digits less one and a new line");
    ok(try_sql(db, "INSERT INTO budget (tenant_id, period, cap, held) VALUES (1, 1, 5, -1)") == -1,
       "nothing can be held below zero");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    database_migrate();
    must(db, "CREATE USER IF NOT EXISTS insula_worker");
    must(db, "CREATE USER IF NOT EXISTS insula_operator");
    if (db_run_file(db, "schema/grants.sql", &err) != 0)
        bail_out("grants");
    worker = database_open_as("insula_worker");
    every_row_make();
    keys_begin_with_the_tenant();
    rows_stay_at_home();
    other_ids_are_known();
    people_stay_apart();
    the_same_ids_elsewhere();
    words_are_bytes();
    db_free(&worker);
    return database_end();
}
