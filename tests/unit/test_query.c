/* What the query renderer writes: each verb's text, what it refuses, and that whatever it writes is
 * the tenant's alone. */
#include "scope_new.h"
#include "query/query.h"
#include "tap.h"

#include <stdlib.h>

static const struct tenant_scope *scope;
static struct rendered got;
static struct error err;
static const struct conversation_id conversation = { { { 1 } } };
static const struct message_id message = { { { 2 } } };

static void is_sql(int rc, const char *want, const char *binds, const char *name)
{
    char have[512] = "";
    size_t len = 0;
    if (!ok(rc == 0, "%s renders", name))
        return;
    is_text(got.sql.at, want, "%s", name);
    for (size_t i = 0; i < got.bind_count; i++)
        if (got.binds[i].type == VALUE_INTEGER)
            len += (size_t)snprintf(have + len, sizeof have - len, "%lld ",
                                    (long long)got.binds[i].integer);
        else if (got.binds[i].type == VALUE_NULL)
            len += (size_t)snprintf(have + len, sizeof have - len, "NULL ");
        else if (got.binds[i].type == VALUE_UUID)
            len += (size_t)snprintf(have + len, sizeof have - len, "#%d ", got.binds[i].uuid.b[0]);
        else
            len += (size_t)snprintf(have + len, sizeof have - len, "%.*s ",
                                    STR_ARGS(got.binds[i].bytes));
    is_text(have, binds, "%s: its values", name);
    text_free(&got.sql);
}

static void selects(void)
{
    is_sql(select_render(scope,
                         &(struct select){
                             .from = schema.message.table,
                             .columns = { schema.message.message_id.c, schema.message.content.c },
                             .where = { eq(schema.message.conversation_id, conversation),
                                        when(false, eq(schema.message.role, STR("user"))),
                                        gt(schema.message.message_id, message),
                                        is_null(schema.message.parts) },
                             .order = newest_first(schema.message.message_id),
                             .limit = 50,
                             .lock = true },
                         &got, &err),
           "SELECT message_id, content FROM message FORCE INDEX (PRIMARY) WHERE tenant_id = ?"
           " AND user_id = ?"
           " AND conversation_id = ? AND message_id > ? AND parts IS NULL"
           " ORDER BY message_id DESC LIMIT ? FOR UPDATE",
           "7 #9 #1 #2 50 ", "a select of an owned table");
    is_sql(select_render(scope,
                         &(struct select){ .from = schema.budget.table,
                                           .columns = { schema.budget.used.c },
                                           .where = { le(schema.budget.period, 202611) },
                                           .limit = 1 },
                         &got, &err),
           "SELECT used FROM budget WHERE tenant_id = ? AND period <= ? LIMIT ?", "7 202611 1 ",
           "a select of the tenant's own table");
}

static void inserts(void)
{
    is_sql(insert_render(scope,
                         &(struct insert){ .into = schema.active_user.table,
                                           .values = { set(schema.active_user.day, 20780) },
                                           .unless_there = true },
                         &got, &err),
           "INSERT INTO active_user (tenant_id, user_id, day) VALUES (?, ?, ?)"
           " ON DUPLICATE KEY UPDATE tenant_id = tenant_id",
           "7 #9 20780 ", "an insert unless there");
    is_sql(
        insert_render(scope,
                      &(struct insert){ .into = schema.message.table,
                                        .values = { set(schema.message.message_id, message),
                                                    set_null(schema.message.parts),
                                                    set(schema.message.content, STR("")),
                                                    set(schema.message.code, (struct str){ 0 }) } },
                      &got, &err),
        "INSERT INTO message (tenant_id, user_id, message_id, parts, content, code)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        "7 #9 #2 NULL  NULL ", "an insert: empty text is empty, absent text is NULL");
}

static void updates(void)
{
    is_sql(update_render(
               scope,
               &(struct update){ .table = schema.conversation.table,
                                 .row = { eq(schema.conversation.conversation_id, conversation) },
                                 .where = { eq(schema.conversation.version, 3) },
                                 .set = { set(schema.conversation.title, STR("Reefs")),
                                          plus(schema.conversation.version, 1) } },
               &got, &err),
           "UPDATE conversation FORCE INDEX (PRIMARY) SET title = ?, version = version + ? WHERE tenant_id = ?"
           " AND user_id = ? AND conversation_id = ? AND version = ?",
           "7 #9 #1 3 Reefs 1 ", "an update");
    ok(update_render(scope,
                     &(struct update){ .table = schema.budget.table,
                                       .row = { eq(schema.budget.period, 202611) },
                                       .where = { room(schema.budget.used, schema.budget.held, 40,
                                                       schema.budget.cap) },
                                       .set = { plus(schema.budget.held, 40) } },
                     &got, &err) == 0 &&
           got.set_count == 1,
       "an update says how many of its values are SET's");
    is_text(got.sql.at,
            "UPDATE budget FORCE INDEX (PRIMARY) SET held = held + ? WHERE tenant_id = ? AND period = ?"
            " AND used + held + ? <= cap",
            "the budget's conditional update");
    text_free(&got.sql);
}

static void adds_and_deletes(void)
{
    is_sql(add_render(scope,
                      &(struct add){ .to = schema.usage_hour.table,
                                     .key = { set(schema.usage_hour.hour, 500),
                                              set(schema.usage_hour.model, STR("m")) },
                                     .plus = { plus(schema.usage_hour.calls, 1),
                                               plus(schema.usage_hour.cost, 12) } },
                      &got, &err),
           "INSERT INTO usage_hour (tenant_id, hour, model, calls, cost) VALUES (?, ?, ?, ?, ?)"
           " ON DUPLICATE KEY UPDATE calls = calls + VALUES(calls), cost = cost + VALUES(cost)",
           "7 500 m 1 12 ", "an add");
    is_sql(delete_render(scope,
                         &(struct delete){ .from = schema.idempotency.table,
                                           .row = { eq(schema.idempotency.name, STR("k")) },
                                           .where = { lt(schema.idempotency.expires_ms, 5) } },
                         &got, &err),
           "DELETE FROM idempotency WHERE tenant_id = ? AND user_id = ? AND name = ?"
           " AND expires_ms < ?",
           "7 #9 k 5 ", "a delete");
}

/* ---- what may not exist ---- */

static void is_refused(int rc, const char *what)
{
    ok(rc == -1 && err.kind == ERROR_INTERNAL && !strcmp(err.code, "query_shape") && !got.sql.at,
       "refused: %s", what);
    err = (struct error){ 0 };
}

#define SELECT(...) select_render(scope, &(struct select){ __VA_ARGS__ }, &got, &err)
#define INSERT(...) insert_render(scope, &(struct insert){ __VA_ARGS__ }, &got, &err)
#define UPDATE(...) update_render(scope, &(struct update){ __VA_ARGS__ }, &got, &err)
#define DELETE(...) delete_render(scope, &(struct delete){ __VA_ARGS__ }, &got, &err)
#define ADD(...)    add_render(scope, &(struct add){ __VA_ARGS__ }, &got, &err)
#define OF_BUDGET   .from = schema.budget.table, .columns = { schema.budget.used.c }
#define MODEL_ROW   .row = { eq(schema.conversation.conversation_id, conversation) }

static void refused_reads(void)
{
    is_refused(SELECT(.columns = { schema.budget.used.c }, .limit = 1), "no table");
    is_refused(SELECT(.from = schema.budget.table, .limit = 1), "no column");
    is_refused(SELECT(OF_BUDGET), "no limit");
    is_refused(SELECT(OF_BUDGET, .limit = -1), "a limit below one");
    is_refused(SELECT(OF_BUDGET, .limit = 10001), "a limit over 10,000");
    is_refused(SELECT(.from = schema.budget.table, .columns = { schema.turn.cost.c }, .limit = 1),
               "a column of another table");
    is_refused(SELECT(.from = schema.budget.table,
                      .columns = { schema.budget.used.c, NULL, schema.budget.cap.c }, .limit = 1),
               "a column behind the end");
    is_refused(SELECT(OF_BUDGET, .where = { eq(schema.turn.cost, 1) }, .limit = 1),
               "a condition on another table");
    is_refused(SELECT(OF_BUDGET, .order = ascending(schema.turn.cost), .limit = 1),
               "an order by another table");
    is_refused(SELECT(OF_BUDGET,
                      .where = { room(schema.budget.used, schema.turn.cost, 1, schema.budget.cap) },
                      .limit = 1),
               "room of another table");
    is_refused(SELECT(.from = schema.message.table, .columns = { schema.message.role.c },
                      .where = { eq(schema.message.model, (struct str){ 0 }) }, .limit = 1),
               "comparing with absent text");
    is_refused(SELECT(OF_BUDGET, .where = { { .operation = OP_EQ, .column = schema.budget.cap.c } },
                      .limit = 1),
               "comparing with NULL");
    is_refused(SELECT(OF_BUDGET,
                      .where = { { .operation = 99,
                                   .column = schema.budget.cap.c,
                                   .value = VALUE_OF_INTEGER(1) } },
                      .limit = 1),
               "an operation that is none");
}

static void refused_writes(void)
{
    is_refused(DELETE(.from = schema.conversation.table), "a delete without a row");
    is_refused(
        DELETE(.from = schema.conversation.table,
               .row = { when(false, eq(schema.conversation.conversation_id, conversation)) }),
        "a delete whose row is not wanted");
    is_refused(DELETE(.from = schema.conversation.table,
                      .where = { eq(schema.conversation.conversation_id, conversation) }),
               "a delete with conditions alone");
    is_refused(DELETE(.from = schema.conversation.table,
                      .row = { ge(schema.conversation.conversation_id, conversation) }),
               "a row that is a range");
    is_refused(
        UPDATE(.table = schema.conversation.table, .set = { set(schema.conversation.pinned, 1) }),
        "an update without a row");
    is_refused(UPDATE(.table = schema.conversation.table, MODEL_ROW), "an update of nothing");
    is_refused(UPDATE(.table = schema.conversation.table, MODEL_ROW,
                      .set = { set(schema.conversation.user_id, (struct user_id){ { { 0 } } }) }),
               "giving a row to somebody else");
    is_refused(UPDATE(.table = schema.conversation.table, MODEL_ROW,
                      .set = { set(schema.message.role, STR("user")) }),
               "setting another table's column");
    is_refused(INSERT(.values = { set(schema.budget.cap, 1) }), "an insert into no table");
    is_refused(INSERT(.into = schema.active_user.table,
                      .values = { set(schema.active_user.user_id, (struct user_id){ { { 0 } } }) }),
               "an insert for somebody else");
    is_refused(INSERT(.into = schema.budget.table, .values = { plus(schema.budget.cap, 1) }),
               "an insert that adds");
    is_refused(ADD(.to = schema.turn.table, .key = { set(schema.turn.period, 1) },
                   .plus = { plus(schema.turn.cost, 1) }),
               "adding to a row that may be somebody else's");
    is_refused(ADD(.to = schema.budget.table, .plus = { plus(schema.budget.used, 1) }),
               "adding without a key");
    is_refused(ADD(.to = schema.budget.table, .key = { set(schema.budget.period, 1) }),
               "adding nothing");
    is_refused(ADD(.to = schema.budget.table, .key = { set(schema.budget.period, 1) },
                   .plus = { set(schema.budget.used, 1) }),
               "an add that sets");
}

/* ---- random statements ---- */

static uint64_t seed = 88172645463325252u;

static unsigned chance(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 32) % below;
}

static const struct column *random_column(const struct column *const *own, size_t n)
{
    return chance(40) ? own[chance((unsigned)n)] : NULL;
}

/* A table, and columns of which some are its own. */
struct mixture {
    const struct table *table;
    const struct column *columns[4];
};

static struct value random_value(void)
{
    static const char *const words[] = { "x", "", "1 OR 1=1 --", "' OR ''='", "?" };
    switch (chance(4)) {
    case 0:
        return VALUE_OF_INTEGER((int64_t)chance(1000));
    case 1:
        return (struct value){ .type = VALUE_NULL };
    default:
        return VALUE_OF_BYTES(str_of(words[chance(5)]));
    }
}

static void random_conditions(struct condition *out, size_t n, const struct mixture *m)
{
    for (size_t i = 0; i < n; i++)
        if (chance(2))
            out[i] = (struct condition){ .operation = (enum operation)chance(OP_ROOM + 1),
                                         .column = random_column(m->columns, 4),
                                         .also = random_column(m->columns, 4),
                                         .cap = random_column(m->columns, 4),
                                         .value = random_value() };
}

static void random_assignments(struct assignment *out, size_t n, const struct mixture *m, bool plus)
{
    for (size_t i = 0; i < n; i++)
        if (chance(2))
            out[i] = (struct assignment){ .column = random_column(m->columns, 4),
                                          .value = plus ? VALUE_OF_INTEGER(1) : random_value(),
                                          .plus = plus };
}

static int random_statement(const struct mixture *m)
{
    struct condition row[3] = { 0 }, where[QUERY_CONDITIONS] = { 0 };
    random_conditions(row, 1 + chance(3), m);
    random_conditions(where, chance(3), m);
    for (int i = 0; i < 3; i++)
        if (chance(2) && row[i].operation)
            row[i].operation = OP_EQ;
    struct select select = { .from = m->table,
                             .columns = { m->columns[chance(4)] },
                             .order.column = random_column(m->columns, 4),
                             .limit = (int)chance(20000),
                             .lock = chance(2) };
    struct update update = { .table = m->table };
    struct delete delete = { .from = m->table };
    struct insert insert = { .into = m->table, .unless_there = chance(2) };
    struct add add = { .to = m->table };
    memcpy(select.where, where, sizeof where);
    memcpy(update.where, where, sizeof where);
    memcpy(delete.where, where, sizeof where);
    memcpy(update.row, row, sizeof row);
    memcpy(delete.row, row, sizeof row);
    random_assignments(update.set, 2, m, chance(2));
    random_assignments(insert.values, 3, m, false);
    random_assignments(add.key, 2, m, false);
    random_assignments(add.plus, 3, m, true);
    switch (chance(5)) {
    case 0:
        return select_render(scope, &select, &got, &err);
    case 1:
        return update_render(scope, &update, &got, &err);
    case 2:
        return delete_render(scope, &delete, &got, &err);
    case 3:
        return insert_render(scope, &insert, &got, &err);
    default:
        return add_render(scope, &add, &got, &err);
    }
}

static bool is_scoped(bool is_owned)
{
    const char *sql = got.sql.at, *where = strstr(sql, " WHERE ");
    bool is_insert = strstr(sql, "INSERT INTO ") == sql;
    const char *first = is_insert ? "(tenant_id" : " WHERE tenant_id = ?";
    const char *second = is_insert ? "(tenant_id, user_id" : " WHERE tenant_id = ? AND user_id = ?";
    const char *at = is_insert ? strchr(sql, '(') : where;
    size_t marks = 0;
    for (const char *c = sql; *c; c++)
        marks += *c == '?';
    return at && strstr(at, first) == at && (!is_owned || strstr(at, second) == at) &&
           marks == got.bind_count && got.binds[0].type == VALUE_INTEGER &&
           got.binds[0].integer == 7 && (!where || !strstr(where + 1, " WHERE ")) &&
           (!is_owned || got.binds[1].uuid.b[0] == 9) && !strstr(sql, " OR ") &&
           !strchr(sql, '\'') && !strchr(sql, ';');
}

static void random_statements(void)
{
    const struct mixture mixtures[] = {
        { schema.message.table,
          { schema.message.role.c, schema.message.bytes.c, schema.message.user_id.c,
            schema.message.parent_id.c } },
        { schema.budget.table,
          { schema.budget.used.c, schema.budget.held.c, schema.budget.cap.c,
            schema.budget.period.c } },
        { schema.usage_hour.table,
          { schema.usage_hour.hour.c, schema.usage_hour.model.c, schema.usage_hour.cost.c,
            schema.budget.cap.c } },
        { NULL, { schema.turn.cost.c, schema.turn.code.c, schema.turn.state.c, NULL } },
    };
    int rendered = 0, unscoped = 0;
    for (int i = 0; i < 200000; i++) {
        const struct mixture *m = &mixtures[chance(4)];
        if (random_statement(m) != 0)
            continue;
        rendered++;
        unscoped += !is_scoped(m->table == schema.message.table);
        text_free(&got.sql);
    }
    ok(rendered > 10000, "of 200,000 random statements some render (%d)", rendered);
    is_number(unscoped, 0, "each of them is the tenant's alone, the owner's where there is one");
}

/* ---- many rows ---- */

static int collected(struct many *many, const struct tenant_scope *of, int64_t day)
{
    return many_insert(many, of,
                       &(struct insert){ .into = schema.active_user.table,
                                         .values = { set(schema.active_user.day, day) } },
                       &err);
}

static void many_rows_of_many_tenants(struct arena *arena)
{
    struct many many = { .arena = arena };
    int wrong = 0, rc = 0;
    for (uint32_t i = 1; i <= 300; i++) {
        const struct tenant_scope *of = scope_new(arena, (struct tenant_id){ i },
                                                  (struct user_id){ { { i % 256 } } }, ROLE_MEMBER);
        rc |= collected(&many, of, 1000 + i);
    }
    ok(rc == 0 && many.count == 300 && many.width == 3, "300 rows of 300 tenants are collected");
    is_text(many.sql, "INSERT INTO active_user (tenant_id, user_id, day) VALUES (?, ?, ?)",
            "under one text");
    for (uint32_t i = 1; i <= 300; i++) {
        const struct value *row = many.values + (i - 1) * 3;
        wrong += row[0].integer != i || row[1].uuid.b[0] != i % 256 || row[2].integer != 1000 + i;
    }
    is_number(wrong, 0, "each with its own tenant, its own owner, its own values");
    struct insert other = { .into = schema.budget.table, .values = { set(schema.budget.cap, 1) } };
    ok(many_insert(&many, scope, &other, &err) == -1 && !strcmp(err.code, "query_shape") &&
           many.count == 300,
       "a row of another shape is refused");
    other.into = NULL;
    ok(many_insert(&many, scope, &other, &err) == -1 && many.count == 300,
       "so is a statement that may not exist");
}

/* SET's values come first in the text, so they do in a row. */
static void many_updates(struct arena *arena)
{
    struct many many = { .arena = arena };
    for (int64_t i = 0; i < 2; i++)
        if (many_update(&many, scope,
                        &(struct update){ .table = schema.budget.table,
                                          .row = { eq(schema.budget.period, 202611 + i) },
                                          .set = { plus(schema.budget.held, 40 + i) } },
                        &err) != 0)
            ok(false, "an update is collected");
    ok(many.count == 2 && many.values[0].integer == 40 && many.values[1].integer == 7 &&
           many.values[2].integer == 202611 && many.values[3].integer == 41 &&
           many.values[5].integer == 202612,
       "the values of an update in the order of its question marks");
}

int main(void)
{
    struct arena *arena = arena_new(1 << 20);
    scope = scope_new(arena, (struct tenant_id){ 7 }, (struct user_id){ { { 9 } } }, ROLE_MEMBER);
    selects();
    inserts();
    updates();
    adds_and_deletes();
    refused_reads();
    refused_writes();
    random_statements();
    many_rows_of_many_tenants(arena);
    many_updates(arena);
    arena_free(&arena);
    return done();
}
