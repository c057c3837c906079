/* Reading rows within a scope; for store/. */
#include "render.h"

#define LIMIT_MAX 10000

static void render_columns(struct rendering *r, const struct select *s)
{
    size_t n = 0;
    for (; n < QUERY_COLUMNS && s->columns[n]; n++) {
        render_sql(r, n ? ", " : "SELECT ");
        render_column(r, s->columns[n]);
    }
    for (size_t i = n; i < QUERY_COLUMNS; i++)
        if (s->columns[i])
            r->is_wrong = true; /* behind the end: it would shift the columns of the result */
    if (n == 0)
        r->is_wrong = true;
}

static void render_order(struct rendering *r, const struct order *order)
{
    if (!order->column)
        return;
    render_sql(r, " ORDER BY ");
    render_column(r, order->column);
    render_sql(r, order->descending ? " DESC" : "");
}

int select_render(const struct tenant_scope *scope, const struct select *s, struct rendered *out,
                  struct error *err)
{
    struct rendering r = render_begin(scope, s->from, out);
    render_columns(&r, s);
    render_sql(&r, " FROM ");
    if (s->lock)
        render_locked_table(&r);
    else
        render_table(&r);
    render_scope(&r);
    render_conditions(&r, s->where, COUNT_OF(s->where));
    render_order(&r, &s->order);
    render_sql(&r, " LIMIT ?");
    render_bind(&r, VALUE_OF_INTEGER(s->limit));
    if (s->limit < 1 || s->limit > LIMIT_MAX)
        r.is_wrong = true;
    if (s->lock)
        render_sql(&r, " FOR UPDATE");
    return render_end(&r, err);
}

int query_select(const struct tenant_scope *scope, struct db *db, const struct select *s,
                 struct arena *arena, struct rows *out, struct error *err)
{
    struct rendered rendered;
    if (select_render(scope, s, &rendered, err) != 0)
        return -1;
    return run_rendered(db, &rendered, arena, out, NULL, err);
}
