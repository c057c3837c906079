/* Deleting rows within a scope, by their key; for store/. */
#include "render.h"

int delete_render(const struct tenant_scope *scope, const struct delete *s, struct rendered *out,
                  struct error *err)
{
    struct rendering r = render_begin(scope, s->from, out);
    render_sql(&r, "DELETE FROM ");
    render_table(&r);
    render_scope(&r);
    render_row(&r, s->row, COUNT_OF(s->row));
    render_conditions(&r, s->where, COUNT_OF(s->where));
    return render_end(&r, err);
}

int query_delete(const struct tenant_scope *scope, struct db *db, const struct delete *s,
                 int64_t *changed_out, struct error *err)
{
    struct rendered rendered;
    if (delete_render(scope, s, &rendered, err) != 0)
        return -1;
    return run_rendered(db, &rendered, NULL, NULL, changed_out, err);
}
