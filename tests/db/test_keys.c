/* Keys are a wall: every key of a tenant's table begins with tenant_id, so a row that points across
 * tenants, or at another person's conversation, cannot exist. */
#include "database.h"

/* Tables that belong to the house; all others are a tenant's. key_set hangs on its identity
 * provider, and no tenant's request reaches it. */
#define HOUSE                                                                                      \
    "('tenant', 'identity_provider', 'operator', 'key_set', 'data_key', 'schema_migration')"
#define TENANT_TABLES " TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN " HOUSE

static void keys_begin_with_the_tenant(void)
{
    is_number(ask_number(db, "SELECT COUNT(*) FROM information_schema.TABLES WHERE" TENANT_TABLES),
              11, "eleven tables are a tenant's");
    is_number(ask_number(db,
                         "SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.STATISTICS"
                         " WHERE" TENANT_TABLES " AND INDEX_NAME = 'PRIMARY' AND SEQ_IN_INDEX = 1"
                         " AND COLUMN_NAME = 'tenant_id'"),
              11, "each has tenant_id first in its primary key");
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
                      " WHERE" TENANT_TABLES " AND REFERENCED_TABLE_NAME IS NOT NULL") == 11,
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

#define CONVERSATION                                                                               \
    "INSERT INTO conversation (tenant_id, conversation_id, user_id, touched, created_ms,"          \
    " updated_ms) VALUES "
#define MESSAGE                                                                                    \
    "INSERT INTO message (tenant_id, conversation_id, message_id, user_id, role, content, bytes,"  \
    " state, created_ms) VALUES "
#define TURN                                                                                       \
    "INSERT INTO turn (tenant_id, turn_id, user_id, model, provider_id, state, period, hold,"      \
    " started_ms, deadline_ms, scope) VALUES "

static void is_refused(const char *sql, const char *what)
{
    ok(try_sql(db, sql) == -1 && err.kind == ERROR_NOT_FOUND && !strcmp(err.code, "no_parent"),
       "%s", what);
}

static void rows_stay_at_home(void)
{
    must(db, TWO_TENANTS);
    must(db, TWO_USERS);
    must(db, CONVERSATION "(1, REPEAT('1', 16), REPEAT('a', 16), '', 0, 0)");
    is_refused(CONVERSATION "(2, REPEAT('2', 16), REPEAT('a', 16), '', 0, 0)",
               "a conversation of another tenant's user");
    must(db, MESSAGE "(1, REPEAT('1', 16), REPEAT('m', 16), REPEAT('a', 16), 'user', 'hi', 2,"
                     " 'complete', 0)");
    is_refused(MESSAGE "(2, REPEAT('1', 16), REPEAT('m', 16), REPEAT('b', 16), 'user', 'hi', 2,"
                       " 'complete', 0)",
               "a message in another tenant's conversation");
    is_refused(MESSAGE "(1, REPEAT('1', 16), REPEAT('n', 16), REPEAT('c', 16), 'user', 'hi', 2,"
                       " 'complete', 0)",
               "a message in another person's conversation");
    ok(try_sql(db, "UPDATE message SET tenant_id = 2") == -1, "a message moved to another tenant");
    ok(try_sql(db, "UPDATE conversation SET user_id = REPEAT('c', 16)") == -1,
       "a conversation with messages given to another person");
    is_refused(TURN "(2, REPEAT('t', 16), REPEAT('a', 16), 'm', REPEAT('p', 16), 'open', 202611, 1,"
                    " 0, 0, 's')",
               "a turn of another tenant's user");
    is_refused("INSERT INTO active_user VALUES (2, 1, REPEAT('a', 16))",
               "a day of another tenant's user");
    is_refused("INSERT INTO idempotency VALUES (2, REPEAT('a', 16), 'k', REPEAT('h', 32),"
               " REPEAT('t', 16), 0)",
               "a retry of another tenant's user");
    is_refused("INSERT INTO budget (tenant_id, period, cap) VALUES (3, 202611, 1)",
               "a budget of nobody");
    must(db, "INSERT INTO provider (tenant_id, provider_id, name, kind, base_url)"
             " VALUES (1, REPEAT('p', 16), 'one', 'openai', 'https://x')");
    is_refused("INSERT INTO model (tenant_id, name, provider_id, upstream_name, created_ms)"
               " VALUES (2, 'm', REPEAT('p', 16), 'm', 0)",
               "a model at another tenant's provider");
}

static void the_same_ids_elsewhere(void)
{
    must(db, CONVERSATION "(2, REPEAT('1', 16), REPEAT('b', 16), '', 0, 0)");
    ok(try_sql(db, "DELETE FROM conversation WHERE tenant_id = 2") == 0,
       "two tenants may have the same id");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 1,
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
    keys_begin_with_the_tenant();
    rows_stay_at_home();
    the_same_ids_elsewhere();
    words_are_bytes();
    return database_end();
}
