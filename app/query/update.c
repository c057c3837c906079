/* Changing rows within a scope, by their key; for store/. */
#include "render.h"

static void render_assignment(struct rendering *r, const struct assignment *a, bool is_first)
{
    render_sql(r, is_first ? " SET " : ", ");
    render_column(r, a->column);
    render_sql(r, " = ");
    if (a->plus) {
        render_column(r, a->column);
        render_sql(r, " + ");
    }
    render_sql(r, "?");
    if (is_owner(a->column) || (a->plus && a->value.type != VALUE_INTEGER))
        r->is_wrong = true;
}

static void render_set(struct rendering *r, const struct update *s)
{
    for (size_t i = 0; i < COUNT_OF(s->set); i++)
        if (s->set[i].column)
            render_assignment(r, &s->set[i], r->out->set_count++ == 0);
    if (!r->out->set_count)
        r->is_wrong = true;
}

int update_render(const struct tenant_scope *scope, const struct update *s, struct rendered *out,
                  struct error *err)
{
    struct rendering r = render_begin(scope, s->table, out);
    render_sql(&r, "UPDATE ");
    render_locked_table(&r);
    render_set(&r, s);
    render_scope(&r);
    render_row(&r, s->row, COUNT_OF(s->row));
    render_conditions(&r, s->where, COUNT_OF(s->where));
    for (size_t i = 0; i < COUNT_OF(s->set); i++)
        if (s->set[i].column)
            render_bind(&r, s->set[i].value);
    return render_end(&r, err);
}

int query_update(const struct tenant_scope *scope, struct db *db, const struct update *s,
                 int64_t *changed_out, struct error *err)
{
    struct rendered rendered;
    if (update_render(scope, s, &rendered, err) != 0)
        return -1;
    return run_rendered(db, &rendered, NULL, NULL, changed_out, err);
}

int many_update(struct many *many, const struct tenant_scope *scope, const struct update *s,
                struct error *err)
{
    struct rendered rendered;
    return update_render(scope, s, &rendered, err) != 0 ? -1
                                                        : collect_rendered(many, &rendered, err);
}
