/* Writes SQL out of statements that are values: the only place where a tenant's SQL comes from. */
#include "render.h"

#include "tables.h"

#define SQL_BYTES 4096

struct rendering render_begin(const struct tenant_scope *scope, const struct table *table,
                              struct rendered *out)
{
    out->sql = text_make(SQL_BYTES);
    out->bind_count = 0;
    out->set_count = 0;
    return (struct rendering){ scope, table, out, .is_wrong = !table };
}

int render_end(struct rendering *r, struct error *err)
{
    if (!r->is_wrong && !r->out->sql.over)
        return 0;
    text_free(&r->out->sql);
    return fail(err, ERROR_INTERNAL, "query_shape", "A statement has a shape that may not exist.");
}

void render_sql(struct rendering *r, const char *sql)
{
    text_add_c(&r->out->sql, sql);
}

void render_table(struct rendering *r)
{
    if (r->table)
        render_sql(r, r->table->name);
}

/* A few rows look alike to the optimizer by any key, and two statements that lock the same row by
 * different ones are a deadlock. */
void render_locked_table(struct rendering *r)
{
    render_table(r);
    render_sql(r, " FORCE INDEX (PRIMARY)");
}

void render_column(struct rendering *r, const struct column *column)
{
    if (column && column->table == r->table)
        render_sql(r, column->name);
    else
        r->is_wrong = true;
}

/* Absent text is not an empty one: NULL has to be said. */
void render_bind(struct rendering *r, struct value value)
{
    bool is_absent = value.type == VALUE_BYTES && !value.bytes.at;
    if (is_absent || r->out->bind_count == QUERY_BINDS)
        r->is_wrong = true;
    else
        r->out->binds[r->out->bind_count++] = value;
}

static void bind_tenant(struct rendering *r)
{
    render_bind(r, VALUE_OF_INTEGER(scope_tenant(r->scope).v));
}

static void bind_user(struct rendering *r)
{
    render_bind(r, VALUE_OF_ID(scope_user(r->scope)));
}

static bool has_owner(const struct rendering *r)
{
    return r->table && r->table->owned;
}

bool is_owner(const struct column *column)
{
    return column && column->table->owned && strcmp(column->name, "user_id") == 0;
}

void render_scope(struct rendering *r)
{
    render_sql(r, " WHERE tenant_id = ?");
    bind_tenant(r);
    if (has_owner(r)) {
        render_sql(r, " AND user_id = ?");
        bind_user(r);
    }
}

/* column + also + value <= cap */
static void render_room(struct rendering *r, const struct condition *c)
{
    render_column(r, c->column);
    render_sql(r, " + ");
    render_column(r, c->also);
    render_sql(r, " + ? <= ");
    render_column(r, c->cap);
    render_bind(r, c->value);
    if (c->value.type != VALUE_INTEGER)
        r->is_wrong = true;
}

static void render_condition(struct rendering *r, const struct condition *c)
{
    static const char *const comparisons[] = {
        [OP_EQ] = " = ?", [OP_LT] = " < ?", [OP_LE] = " <= ?", [OP_GT] = " > ?", [OP_GE] = " >= ?",
    };
    render_sql(r, " AND ");
    if (c->operation == OP_ROOM) {
        render_room(r, c);
        return;
    }
    render_column(r, c->column);
    if (c->operation == OP_IS_NULL) {
        render_sql(r, " IS NULL");
        return;
    }
    if (c->operation >= COUNT_OF(comparisons) || c->value.type == VALUE_NULL) {
        r->is_wrong = true; /* nothing equals NULL */
        return;
    }
    render_sql(r, comparisons[c->operation]);
    render_bind(r, c->value);
}

void render_conditions(struct rendering *r, const struct condition *conditions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (conditions[i].operation != OP_NONE)
            render_condition(r, &conditions[i]);
}

void render_row(struct rendering *r, const struct condition *row, size_t n)
{
    bool is_named = false;
    for (size_t i = 0; i < n; i++) {
        is_named |= row[i].operation == OP_EQ;
        if (row[i].operation != OP_EQ && row[i].operation != OP_NONE)
            r->is_wrong = true;
    }
    if (!is_named)
        r->is_wrong = true; /* every row, that is */
    render_conditions(r, row, n);
}

void render_insert(struct rendering *r)
{
    render_sql(r, "INSERT INTO ");
    render_table(r);
    render_sql(r, " (tenant_id");
    bind_tenant(r);
    if (has_owner(r)) {
        render_sql(r, ", user_id");
        bind_user(r);
    }
}

void render_inserted(struct rendering *r, const struct assignment *a)
{
    render_sql(r, ", ");
    render_column(r, a->column);
    render_bind(r, a->value);
    if (is_owner(a->column))
        r->is_wrong = true;
}

void render_values(struct rendering *r)
{
    render_sql(r, ") VALUES (?");
    for (size_t i = 1; i < r->out->bind_count; i++)
        render_sql(r, ", ?");
    render_sql(r, ")");
}
