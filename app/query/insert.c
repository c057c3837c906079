/* Making a row within a scope; for store/. */
#include "render.h"

int insert_render(const struct tenant_scope *scope, const struct insert *s, struct rendered *out,
                  struct error *err)
{
    struct rendering r = render_begin(scope, s->into, out);
    render_insert(&r);
    for (size_t i = 0; i < COUNT_OF(s->values); i++) {
        if (!s->values[i].column)
            continue;
        render_inserted(&r, &s->values[i]);
        if (s->values[i].plus)
            r.is_wrong = true;
    }
    render_values(&r);
    /* Not INSERT IGNORE: that lets every other error pass too, and leaves a shared lock behind on
     * which two such inserts followed by an update deadlock. */
    if (s->unless_there)
        render_sql(&r, " ON DUPLICATE KEY UPDATE tenant_id = tenant_id");
    return render_end(&r, err);
}

int query_insert(const struct tenant_scope *scope, struct db *db, const struct insert *s,
                 int64_t *changed_out, struct error *err)
{
    struct rendered rendered;
    if (insert_render(scope, s, &rendered, err) != 0)
        return -1;
    return run_rendered(db, &rendered, NULL, NULL, changed_out, err);
}

int many_insert(struct many *many, const struct tenant_scope *scope, const struct insert *s,
                struct error *err)
{
    struct rendered rendered;
    return insert_render(scope, s, &rendered, err) != 0 ? -1
                                                        : collect_rendered(many, &rendered, err);
}
