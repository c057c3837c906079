/* The tables and columns of query/schema.h once more, as lists: schema.c makes the values of them,
 * tests/db/test_schema.c compares them with the database. tenant_id is in none: only render.c
 * writes it.
 *
 * TABLES(X): X(table, owned). Where a table is owned, its user_id is the scope's, always.
 * <table>_COLUMNS(X, table): X(table, column, kind). */
#ifndef INSULA_APP_QUERY_TABLES_H
#define INSULA_APP_QUERY_TABLES_H

#include "query/schema.h"

struct table {
    const char *name;
    bool owned;
};

struct column {
    const struct table *table;
    const char *name;
};

#define TABLES(X)                                                                                  \
    X(user, true)                                                                                  \
    X(conversation, true)                                                                          \
    X(message, true)                                                                               \
    X(turn, true)                                                                                  \
    X(response, true)                                                                              \
    X(budget, false)                                                                               \
    X(usage_hour, false)                                                                           \
    X(active_user, true)                                                                           \
    X(idempotency, true)

#define user_COLUMNS(X, t)                                                                         \
    X(t, user_id, user)                                                                            \
    X(t, issuer, text)                                                                             \
    X(t, subject, text)                                                                            \
    X(t, name, text)                                                                               \
    X(t, email, text)                                                                              \
    X(t, role, text)                                                                               \
    X(t, status, text)                                                                             \
    X(t, created_ms, number)                                                                       \
    X(t, seen_ms, number)

#define conversation_COLUMNS(X, t)                                                                 \
    X(t, conversation_id, conversation)                                                            \
    X(t, user_id, user)                                                                            \
    X(t, title, text)                                                                              \
    X(t, model, text)                                                                              \
    X(t, leaf_id, message)                                                                         \
    X(t, touched, uuid)                                                                            \
    X(t, pinned, number)                                                                           \
    X(t, archived, number)                                                                         \
    X(t, version, number)                                                                          \
    X(t, created_ms, number)                                                                       \
    X(t, updated_ms, number)

#define message_COLUMNS(X, t)                                                                      \
    X(t, conversation_id, conversation)                                                            \
    X(t, message_id, message)                                                                      \
    X(t, user_id, user)                                                                            \
    X(t, parent_id, message)                                                                       \
    X(t, role, text)                                                                               \
    X(t, content, text)                                                                            \
    X(t, parts, text)                                                                              \
    X(t, bytes, number)                                                                            \
    X(t, state, text)                                                                              \
    X(t, code, text)                                                                               \
    X(t, model, text)                                                                              \
    X(t, turn_id, turn)                                                                            \
    X(t, created_ms, number)

#define turn_COLUMNS(X, t)                                                                         \
    X(t, turn_id, turn)                                                                            \
    X(t, user_id, user)                                                                            \
    X(t, conversation_id, conversation)                                                            \
    X(t, parent_id, message)                                                                       \
    X(t, answer_id, message)                                                                       \
    X(t, model, text)                                                                              \
    X(t, provider_id, provider)                                                                    \
    X(t, state, text)                                                                              \
    X(t, period, number)                                                                           \
    X(t, hold, number)                                                                             \
    X(t, tokens_in, number)                                                                        \
    X(t, tokens_cached, number)                                                                    \
    X(t, tokens_out, number)                                                                       \
    X(t, tokens_reasoning, number)                                                                 \
    X(t, cost, number)                                                                             \
    X(t, usage_source, text)                                                                       \
    X(t, outcome, text)                                                                            \
    X(t, code, text)                                                                               \
    X(t, attempts, text)                                                                           \
    X(t, started_ms, number)                                                                       \
    X(t, deadline_ms, number)                                                                      \
    X(t, first_ms, number)                                                                         \
    X(t, total_ms, number)                                                                         \
    X(t, scope, text)

#define response_COLUMNS(X, t)                                                                     \
    X(t, turn_id, turn)                                                                            \
    X(t, user_id, user)                                                                            \
    X(t, conversation_id, conversation)                                                            \
    X(t, after_id, message)                                                                        \
    X(t, settings, text)

#define budget_COLUMNS(X, t)                                                                       \
    X(t, period, number)                                                                           \
    X(t, cap, number)                                                                              \
    X(t, used, number)                                                                             \
    X(t, held, number)

#define usage_hour_COLUMNS(X, t)                                                                   \
    X(t, hour, number)                                                                             \
    X(t, model, text)                                                                              \
    X(t, calls, number)                                                                            \
    X(t, errors, number)                                                                           \
    X(t, tokens_in, number)                                                                        \
    X(t, tokens_out, number)                                                                       \
    X(t, cost, number)                                                                             \
    X(t, first_ms, number)                                                                         \
    X(t, total_ms, number)

#define active_user_COLUMNS(X, t)                                                                  \
    X(t, day, number)                                                                              \
    X(t, user_id, user)

#define idempotency_COLUMNS(X, t)                                                                  \
    X(t, user_id, user)                                                                            \
    X(t, name, text)                                                                               \
    X(t, body, text)                                                                               \
    X(t, turn_id, turn)                                                                            \
    X(t, expires_ms, number)

#endif
