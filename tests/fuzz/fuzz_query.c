/* Statements of any shape, sane or not: what renders at all is the tenant's alone, first, and the
 * owner's where there is one; no value gets into the text. The input's bytes choose every part. */
#include "fuzz/fuzz.h"

#include "query/query.h"
#include "scope_new.h"
#include "tables.h"

#define TENANT 7
#define USER   9

#define TABLE(t, is_owned) schema.t.table,
#define COLUMN(t, name, k) schema.t.name.c,
#define COLUMNS(t, owned)  t##_COLUMNS(COLUMN, t)

static struct str input;
static const struct column *columns[128];
static const struct table *tables[16];
static size_t column_count, table_count;

static void list_schema(void)
{
    const struct table *const all_tables[] = { TABLES(TABLE) };
    const struct column *const all_columns[] = { TABLES(COLUMNS) };
    table_count = sizeof all_tables / sizeof *all_tables;
    column_count = sizeof all_columns / sizeof *all_columns;
    PROMISE(table_count <= 16 && column_count <= 128, "room for the schema");
    memcpy(tables, all_tables, sizeof all_tables);
    memcpy(columns, all_columns, sizeof all_columns);
}

/* Mostly one of the table's own, so that something renders. */
static const struct column *some_column(const struct table *table)
{
    unsigned choice = take_byte(&input);
    if (choice == 255)
        return NULL;
    size_t start = choice % column_count;
    if (choice >= 240)
        return columns[start];
    for (size_t i = 0; i < column_count; i++)
        if (columns[(start + i) % column_count]->table == table)
            return columns[(start + i) % column_count];
    return columns[start];
}

static struct value some_value(void)
{
    unsigned choice = take_byte(&input);
    size_t n = choice % 8 < input.len ? choice % 8 : input.len;
    struct str bytes = { input.at, n };
    if (choice < 100)
        return VALUE_OF_INTEGER(choice - 50);
    if (choice > 250)
        return (struct value){ .type = VALUE_NULL };
    input = (struct str){ input.at + n, input.len - n };
    return VALUE_OF_BYTES(choice > 245 ? (struct str){ 0 } : bytes);
}

static void some_conditions(const struct table *table, struct condition *out, size_t max)
{
    size_t n = take_byte(&input) % (max + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned operation = take_byte(&input);
        out[i] = (struct condition){
            .operation = (enum operation)(operation < 128 ? OP_EQ : operation % 9),
            .column = some_column(table),
            .also = some_column(table),
            .cap = some_column(table),
            .value = some_value(),
        };
    }
}

static void some_assignments(const struct table *table, struct assignment *out, size_t max)
{
    size_t n = take_byte(&input) % (max + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned choice = take_byte(&input);
        out[i] = (struct assignment){ some_column(table), some_value(), choice & 1 };
        if (choice & 2)
            out[i].value = VALUE_OF_INTEGER(choice);
    }
}

static int render_select(const struct tenant_scope *scope, const struct table *table,
                         struct rendered *out, struct error *err)
{
    struct select s = { .from = table, .limit = take_byte(&input), .lock = input.len & 1 };
    size_t n = take_byte(&input) % (QUERY_COLUMNS + 1);
    for (size_t i = 0; i < n; i++)
        s.columns[i] = some_column(table);
    some_conditions(table, s.where, QUERY_CONDITIONS);
    s.order = (struct order){ some_column(table), input.len & 2 };
    return select_render(scope, &s, out, err);
}

static int render_write(const struct tenant_scope *scope, const struct table *table, unsigned verb,
                        struct rendered *out, struct error *err)
{
    struct insert insert = { .into = table, .unless_there = input.len & 1 };
    struct update update = { .table = table };
    struct delete delete = { .from = table };
    struct add add = { .to = table };
    switch (verb) {
    case 0:
        some_assignments(table, insert.values, QUERY_COLUMNS);
        return insert_render(scope, &insert, out, err);
    case 1:
        some_conditions(table, update.row, 3);
        some_conditions(table, update.where, QUERY_CONDITIONS);
        some_assignments(table, update.set, QUERY_COLUMNS);
        return update_render(scope, &update, out, err);
    case 2:
        some_conditions(table, delete.row, 3);
        some_conditions(table, delete.where, QUERY_CONDITIONS);
        return delete_render(scope, &delete, out, err);
    default:
        some_assignments(table, add.key, 4);
        some_assignments(table, add.plus, 12);
        return add_render(scope, &add, out, err);
    }
}

/* The text is made of our words only, and of as many question marks as there are values. */
static void check_text(const char *sql, size_t binds)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "_ (),=?+<>0123456789";
    size_t marks = 0;
    PROMISE(sql[strspn(sql, letters)] == '\0', "no quote, no semicolon, no comment");
    for (const char *c = sql; *c; c++)
        marks += *c == '?';
    PROMISE(marks == binds, "a value for each mark");
    PROMISE(!strstr(sql, " OR ") && !strstr(sql, "UNION") && !strstr(sql, " JOIN "),
            "one table, one tenant");
}

static void check_scope(const struct rendered *r, bool is_owned)
{
    const char *sql = r->sql.at;
    bool is_insert = !strncmp(sql, "INSERT INTO ", 12);
    const char *at = strstr(sql, is_insert ? " (" : " WHERE ");
    const char *want = is_insert  ? is_owned ? " (tenant_id, user_id" : " (tenant_id"
                       : is_owned ? " WHERE tenant_id = ? AND user_id = ?"
                                  : " WHERE tenant_id = ?";
    PROMISE(at && !strncmp(at, want, strlen(want)), "the tenant first, then the owner");
    PROMISE(strchr(" ,)", at[strlen(want)]), "whole words");
    PROMISE(r->binds[0].type == VALUE_INTEGER && r->binds[0].integer == TENANT, "its own number");
    if (is_owned)
        PROMISE(r->binds[1].type == VALUE_UUID && r->binds[1].uuid.b[0] == USER, "its own user");
    if (!is_insert)
        PROMISE(!strstr(at + 1, " WHERE "), "one WHERE");
    const char *head = strstr(sql, "user_id = ?");
    PROMISE(!head || is_insert || head > at, "nobody gives a row away");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rendered rendered = { 0 };
    struct error err = { 0 };
    input = fuzz_input(data, size);
    list_schema();
    struct arena *arena = arena_new(1 << 16);
    const struct tenant_scope *scope = scope_new(arena, (struct tenant_id){ TENANT },
                                                 (struct user_id){ { { USER } } }, ROLE_MEMBER);
    unsigned verb = take_byte(&input) % 5, choice = take_byte(&input);
    const struct table *table = choice == 255 ? NULL : tables[choice % table_count];
    int status = verb == 4 ? render_select(scope, table, &rendered, &err)
                           : render_write(scope, table, verb, &rendered, &err);
    if (status == 0) {
        PROMISE(table, "nothing comes of no table");
        check_text(rendered.sql.at, rendered.bind_count);
        check_scope(&rendered, table->owned);
        text_free(&rendered.sql);
    } else {
        PROMISE(!strcmp(err.code, "query_shape") && !rendered.sql.at, "refused, and nothing left");
    }
    arena_free(&arena);
    return 0;
}
