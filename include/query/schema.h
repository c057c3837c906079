/* The tables and columns that a tenant's request can reach, as the program names them. Columns are
 * typed: what a column is compared with or set to must be of its own kind, or it does not compile.
 * tests/db/schema compares this with information_schema. */
#ifndef INSULA_QUERY_SCHEMA_H
#define INSULA_QUERY_SCHEMA_H

#include "base/ids.h"

struct table;  /* opaque: made only in query/schema.c */
struct column; /* opaque */

/* One wrapper per kind of value, so that the compiler tells them apart. */
struct conversation_column { const struct column *c; };
struct message_column { const struct column *c; };
struct turn_column { const struct column *c; };
struct user_column { const struct column *c; };
struct provider_column { const struct column *c; };
struct uuid_column { const struct column *c; };   /* conversation.touched */
struct number_column { const struct column *c; }; /* integers, times, flags */
struct text_column { const struct column *c; };   /* text, bytes, enumerations */

extern const struct schema {
    struct { const struct table *table;
        struct user_column user_id; struct text_column issuer, subject, name, email, role, status;
        struct number_column created_ms, seen_ms; } user;
    struct { const struct table *table;
        struct conversation_column conversation_id; struct user_column user_id;
        struct text_column title, model; struct message_column leaf_id; struct uuid_column touched;
        struct number_column pinned, archived, version, created_ms, updated_ms; } conversation;
    struct { const struct table *table;
        struct conversation_column conversation_id; struct message_column message_id, parent_id;
        struct user_column user_id; struct text_column role, content, parts, state, code, model;
        struct number_column bytes, created_ms; struct turn_column turn_id; } message;
    struct { const struct table *table;
        struct turn_column turn_id; struct user_column user_id;
        struct conversation_column conversation_id; struct message_column parent_id, answer_id;
        struct text_column model; struct provider_column provider_id;
        struct text_column state, usage_source, outcome, code, attempts, scope;
        struct number_column period, hold, tokens_in, tokens_cached, tokens_out, tokens_reasoning,
            cost, started_ms, deadline_ms, first_ms, total_ms; } turn;
    struct { const struct table *table;
        struct turn_column turn_id; struct user_column user_id;
        struct conversation_column conversation_id; struct message_column after_id;
        struct text_column settings; } response;
    struct { const struct table *table;
        struct number_column period, cap, used, held; } budget;
    struct { const struct table *table;
        struct number_column hour; struct text_column model;
        struct number_column calls, errors, tokens_in, tokens_out, cost, first_ms, total_ms; } usage_hour;
    struct { const struct table *table;
        struct number_column day; struct user_column user_id; } active_user;
    struct { const struct table *table;
        struct user_column user_id; struct text_column name, body; struct turn_column turn_id;
        struct number_column expires_ms; } idempotency;
} schema;

#endif
