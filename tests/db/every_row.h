/* A row in every table, for two tenants whose ids differ in every letter: for tests that go over
 * all tables. A new table without its row here fails every_row_make. */
#ifndef INSULA_TESTS_DB_EVERY_ROW_H
#define INSULA_TESTS_DB_EVERY_ROW_H

#include "database.h"

/* Of tenant 1 the ids are capitals, of tenant 2 small letters: U user, C conversation, M message,
 * T turn, P provider, I identity provider. */
static const char *const every_row[] = {
    "tenant (tenant_id, slug, name, created_ms) VALUES (1, 'island', 'Island', 0),"
    " (2, 'reef', 'Reef', 0)",
    "setting (tenant_id) VALUES (1), (2)",
    "data_key (tenant_id, wrapped) VALUES (1, 'w'), (2, 'w')",
    "operator (operator_id, name, issuer, audience, secret) VALUES (REPEAT('O', 16), 'o', 'i', 'a',"
    " 's')",
    "identity_provider (idp_id, tenant_id, name, issuer, audience, algorithms, secret) VALUES"
    " (REPEAT('I', 16), 1, 'i', 'i1', 'a', 'HS256', 's'),"
    " (REPEAT('i', 16), 2, 'i', 'i2', 'a', 'HS256', 's')",
    "key_set (idp_id) VALUES (REPEAT('I', 16)), (REPEAT('i', 16))",
    "cors_origin (tenant_id, origin) VALUES (1, 'https://a'), (2, 'https://a')",
    "provider (tenant_id, provider_id, name, kind, base_url) VALUES"
    " (1, REPEAT('P', 16), 'p', 'openai', 'https://x'),"
    " (2, REPEAT('p', 16), 'p', 'openai', 'https://x')",
    "model (tenant_id, name, created_ms) VALUES (1, 'm', 0), (2, 'n', 0)",
    "model_route (tenant_id, model, place, provider_id, upstream_name) VALUES"
    " (1, 'm', 0, REPEAT('P', 16), 'm'), (2, 'n', 0, REPEAT('p', 16), 'm')",
    "model_alias (tenant_id, alias, model) VALUES (1, 'a', 'm'), (2, 'b', 'n')",
    "user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms) VALUES"
    " (1, REPEAT('U', 16), 'i', 'anna', 'member', 0, 0),"
    " (2, REPEAT('u', 16), 'i', 'bert', 'member', 0, 0)",
    "conversation (tenant_id, conversation_id, user_id, touched, created_ms, updated_ms) VALUES"
    " (1, REPEAT('C', 16), REPEAT('U', 16), '', 0, 0),"
    " (2, REPEAT('c', 16), REPEAT('u', 16), '', 0, 0)",
    "message (tenant_id, conversation_id, message_id, user_id, role, content, bytes, state,"
    " created_ms) VALUES"
    " (1, REPEAT('C', 16), REPEAT('M', 16), REPEAT('U', 16), 'user', 'hi', 2, 'complete', 0),"
    " (2, REPEAT('c', 16), REPEAT('m', 16), REPEAT('u', 16), 'user', 'hi', 2, 'complete', 0)",
    "turn (tenant_id, turn_id, user_id, model, provider_id, state, period, hold, started_ms,"
    " deadline_ms, scope) VALUES"
    " (1, REPEAT('T', 16), REPEAT('U', 16), 'm', REPEAT('P', 16), 'open', 202611, 1, 0, 0, 's'),"
    " (2, REPEAT('t', 16), REPEAT('u', 16), 'm', REPEAT('p', 16), 'open', 202611, 1, 0, 0, 's')",
    "response (tenant_id, turn_id, user_id, conversation_id, settings) VALUES"
    " (1, REPEAT('T', 16), REPEAT('U', 16), REPEAT('C', 16), '{}'),"
    " (2, REPEAT('t', 16), REPEAT('u', 16), REPEAT('c', 16), '{}')",
    "budget (tenant_id, period, cap) VALUES (1, 202611, 1), (2, 202612, 1)",
    "usage_hour (tenant_id, hour, model) VALUES (1, 1, 'm'), (2, 2, 'm')",
    "active_user (tenant_id, day, user_id) VALUES (1, 1, REPEAT('U', 16)), (2, 2, REPEAT('u', 16))",
    "idempotency (tenant_id, user_id, name, body, turn_id, expires_ms) VALUES"
    " (1, REPEAT('U', 16), 'k', REPEAT('h', 32), REPEAT('T', 16), 0),"
    " (2, REPEAT('u', 16), 'l', REPEAT('h', 32), REPEAT('t', 16), 0)",
};

/* Rows of a question about the schema, in the arena. */
static inline struct rows schema_rows(const char *sql)
{
    struct rows rows;
    if (db_run(db, sql, NULL, 0, arena, &rows, NULL, &err) != 0)
        bail_out(sql);
    return rows;
}

static inline const char *cell(const struct rows *rows, size_t row, size_t column)
{
    return rows_at(rows, row, column)->bytes.at;
}

#define EVERY_TABLE                                                                                \
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"             \
    " ORDER BY TABLE_NAME"

/* After database_migrate. */
static inline void every_row_make(void)
{
    for (size_t i = 0; i < sizeof every_row / sizeof *every_row; i++)
        must(db, arena_printf(arena, "INSERT INTO %s", every_row[i]));
    struct rows tables = schema_rows(EVERY_TABLE);
    for (size_t i = 0; i < tables.count; i++) {
        const char *table = cell(&tables, i, 0);
        if (ask_number(db, arena_printf(arena, "SELECT COUNT(*) FROM `%s`", table)) == 0)
            bail_out(arena_printf(arena, "%s has no row in every_row.h", table));
    }
}

#endif
