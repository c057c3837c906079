/* Every statement that a tenant's request can run, as a value.
 *
 *     return query_select(scope, db, &(struct select){
 *         .from    = schema.message.table,
 *         .columns = { ... see row_map ... },
 *         .where   = { eq(schema.message.conversation_id, conversation),
 *                      gt(schema.message.message_id, cursor) },
 *         .order   = ascending(schema.message.message_id),
 *         .limit   = 50,
 *     }, arena, &rows, err);
 *
 * There is no field for SQL text, no OR, and no field for the tenant: the renderer writes
 * `tenant_id = ?` itself, first, bound to scope_tenant(scope); where the table has an owner
 * (user_id) it writes `AND user_id = ?` second, bound to scope_user(scope). An insert gets both
 * columns the same way. An absent field is a zero and a zero never means "everything": update and
 * delete do not render without a row condition. Rows that are updated or locked are found by their
 * primary key, whatever the optimizer thinks. Statements fail with the kinds of db_run.
 *
 * Refused besides: setting user_id where it is the owner, adding to a table that has owners (the row
 * that is there may be another's), comparing with NULL or absent text. changed_out counts rows whose
 * values became others: an update that sets what is there already counts 0, so conditional updates
 * (version, state, held) always change something. */
#ifndef INSULA_QUERY_QUERY_H
#define INSULA_QUERY_QUERY_H

#include "auth/scope.h"
#include "db/db.h"
#include "query/schema.h"

#define QUERY_MUST __attribute__((nonnull, warn_unused_result))
#define QUERY_CONDITIONS 6
#define QUERY_COLUMNS 28

enum operation { OP_NONE, OP_EQ, OP_LT, OP_LE, OP_GT, OP_GE, OP_IS_NULL, OP_ROOM };

struct condition {
    enum operation operation;
    const struct column *column;
    struct value value;
    const struct column *also, *cap; /* OP_ROOM: column + also + value <= cap */
};

struct assignment {
    const struct column *column;
    struct value value;
    bool plus;             /* column = column + value, for numbers */
};

/* ---- typed makers: eq lt le gt ge set; ids, numbers and text each with their own column kind ---- */
#define QUERY_ID_KINDS(X) X(conversation) X(message) X(turn) X(user) X(provider)
#define QUERY_DEFINE(kind)                                                                         \
    static inline struct condition compare_##kind(struct kind##_column c, enum operation op,       \
                                                  struct kind##_id v)                              \
    {                                                                                              \
        return (struct condition){ .operation = op, .column = c.c,                                 \
            .value = VALUE_OF_ID(v) };                                                             \
    }                                                                                              \
    static inline struct assignment assign_##kind(struct kind##_column c, struct kind##_id v)      \
    {                                                                                              \
        return (struct assignment){ .column = c.c,                                                 \
            .value = VALUE_OF_ID(v) };                                                             \
    }
QUERY_ID_KINDS(QUERY_DEFINE)
#undef QUERY_DEFINE
static inline struct condition compare_uuid(struct uuid_column c, enum operation op, struct uuid v)
{
    return (struct condition){ .operation = op, .column = c.c,
        .value = VALUE_OF_UUID(v) };
}
static inline struct condition compare_number(struct number_column c, enum operation op, int64_t v)
{
    return (struct condition){ .operation = op, .column = c.c, .value = VALUE_OF_INTEGER(v) };
}
static inline struct condition compare_text(struct text_column c, enum operation op, struct str v)
{
    return (struct condition){ .operation = op, .column = c.c, .value = VALUE_OF_BYTES(v) };
}
static inline struct assignment assign_uuid(struct uuid_column c, struct uuid v)
{
    return (struct assignment){ .column = c.c,
        .value = VALUE_OF_UUID(v) };
}
static inline struct assignment assign_number(struct number_column c, int64_t v)
{
    return (struct assignment){ .column = c.c, .value = VALUE_OF_INTEGER(v) };
}
static inline struct assignment assign_text(struct text_column c, struct str v)
{
    return (struct assignment){ .column = c.c, .value = value_of_text(v) }; /* absent: NULL */
}
#define QUERY_OF(prefix, col)                                                                      \
    _Generic((col), struct conversation_column: prefix##_conversation,                             \
             struct message_column: prefix##_message, struct turn_column: prefix##_turn,           \
             struct user_column: prefix##_user, struct provider_column: prefix##_provider,         \
             struct uuid_column: prefix##_uuid, struct number_column: prefix##_number,             \
             struct text_column: prefix##_text)
#define eq(col, v) QUERY_OF(compare, col)((col), OP_EQ, (v))
#define lt(col, v) QUERY_OF(compare, col)((col), OP_LT, (v))
#define le(col, v) QUERY_OF(compare, col)((col), OP_LE, (v))
#define gt(col, v) QUERY_OF(compare, col)((col), OP_GT, (v))
#define ge(col, v) QUERY_OF(compare, col)((col), OP_GE, (v))
#define set(col, v) QUERY_OF(assign, col)((col), (v))
#define set_null(col) ((struct assignment){ .column = (col).c, .value = { .type = VALUE_NULL } })
#define plus(col, n) ((struct assignment){ .column = number_of(col), .value = VALUE_OF_INTEGER(n), .plus = true })
#define is_null(col) ((struct condition){ .operation = OP_IS_NULL, .column = (col).c })
static inline const struct column *number_of(struct number_column c) { return c.c; }
/* a + b + amount <= cap: the budget's conditional update (security.md M6). */
static inline struct condition room(struct number_column a, struct number_column b, int64_t amount,
                                    struct number_column cap)
{
    return (struct condition){ .operation = OP_ROOM, .column = a.c, .also = b.c,
        .value = VALUE_OF_INTEGER(amount), .cap = cap.c };
}
/* An optional filter, still one expression: when(has_cursor, lt(...)). */
static inline struct condition when(bool wanted, struct condition c)
{
    return wanted ? c : (struct condition){ .operation = OP_NONE };
}

struct order {
    const struct column *column;
    bool descending;
};
#define ascending(col) { .column = (col).c }
#define newest_first(col) { .column = (col).c, .descending = true }

struct select {
    const struct table *from;
    const struct column *columns[QUERY_COLUMNS]; /* read in this order; ends at NULL */
    struct condition where[QUERY_CONDITIONS];    /* OP_NONE entries are passed over */
    struct order order;
    int limit;             /* needed: 1 to 10,000 */
    bool lock;             /* FOR UPDATE */
};
struct insert {
    const struct table *into;
    struct assignment values[QUERY_COLUMNS];     /* tenant_id and user_id are added */
    bool unless_there;     /* a row with the key stays as it is: changed is 0 */
};
struct update {
    const struct table *table;
    struct condition row[3];                     /* the key: needed, all OP_EQ */
    struct condition where[QUERY_CONDITIONS];    /* further conditions: If-Match, room */
    struct assignment set[QUERY_COLUMNS];
};
struct add {               /* insert, or where the key is there: add the plus columns */
    const struct table *to;
    struct assignment key[4];
    struct assignment plus[12];
};
struct delete {
    const struct table *from;
    struct condition row[3];                     /* needed, all OP_EQ */
    struct condition where[QUERY_CONDITIONS];
};

int query_select(const struct tenant_scope *scope, struct db *db, const struct select *s,
                 struct arena *arena, struct rows *out, struct error *err) QUERY_MUST;
int query_insert(const struct tenant_scope *scope, struct db *db, const struct insert *s,
                 int64_t *changed_out, struct error *err) QUERY_MUST;
int query_update(const struct tenant_scope *scope, struct db *db, const struct update *s,
                 int64_t *changed_out, struct error *err) QUERY_MUST;
int query_add(const struct tenant_scope *scope, struct db *db, const struct add *s,
              struct error *err) QUERY_MUST;
int query_delete(const struct tenant_scope *scope, struct db *db, const struct delete *s,
                 int64_t *changed_out, struct error *err) QUERY_MUST;

/* ---- the same statement for many rows, sent as one (db_run_many) ----
 * Each row is a statement of its own until then, rendered within its own scope: rows of several
 * tenants can lie side by side, each under its own tenant_id. A row whose text is another than the
 * first's is refused ("query_shape"): set the same columns in each, set_null where there is nothing. */
int many_insert(struct many *many, const struct tenant_scope *scope, const struct insert *s,
                struct error *err) QUERY_MUST;
int many_update(struct many *many, const struct tenant_scope *scope, const struct update *s,
                struct error *err) QUERY_MUST;
int many_sums(struct many *many, const struct tenant_scope *scope, const struct add *s,
              struct error *err) QUERY_MUST;

/* ---- the pure half, for tests and the fuzzer ---- */
#define QUERY_BINDS 64
struct rendered {
    struct text sql;       /* complete statement; the caller frees it */
    struct value binds[QUERY_BINDS];
    size_t bind_count;     /* binds[0] is the tenant, always */
    size_t set_count;      /* so many at the end belong to SET, whose question marks come first */
};
/* 0, or -1 with ERROR_INTERNAL "query_shape" for a statement that may not exist (no table, a column
 * of another table, no row, no limit, …). */
int select_render(const struct tenant_scope *scope, const struct select *s, struct rendered *out,
                  struct error *err) QUERY_MUST;
int insert_render(const struct tenant_scope *scope, const struct insert *s, struct rendered *out,
                  struct error *err) QUERY_MUST;
int update_render(const struct tenant_scope *scope, const struct update *s, struct rendered *out,
                  struct error *err) QUERY_MUST;
int add_render(const struct tenant_scope *scope, const struct add *s, struct rendered *out,
               struct error *err) QUERY_MUST;
int delete_render(const struct tenant_scope *scope, const struct delete *s, struct rendered *out,
                  struct error *err) QUERY_MUST;

#endif
