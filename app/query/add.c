/* Adding to sums within a scope, whether their row is there or not; for usage/ and store/. */
#include "render.h"

#include "tables.h"

static void render_key(struct rendering *r, const struct add *s)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(s->key); i++) {
        if (!s->key[i].column)
            continue;
        render_inserted(r, &s->key[i]);
        n++;
        if (s->key[i].plus)
            r->is_wrong = true;
    }
    if (!n)
        r->is_wrong = true;
}

static void render_sums(struct rendering *r, const struct add *s)
{
    for (size_t i = 0; i < COUNT_OF(s->plus); i++) {
        const struct assignment *a = &s->plus[i];
        if (!a->column)
            continue;
        render_inserted(r, a);
        if (!a->plus || a->value.type != VALUE_INTEGER)
            r->is_wrong = true;
    }
}

static void render_plus(struct rendering *r, const struct add *s)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(s->plus); i++) {
        const struct column *column = s->plus[i].column;
        if (!column)
            continue;
        render_sql(r, n++ ? ", " : " ON DUPLICATE KEY UPDATE ");
        render_column(r, column);
        render_sql(r, " = ");
        render_column(r, column);
        render_sql(r, " + VALUES(");
        render_column(r, column);
        render_sql(r, ")");
    }
    if (!n)
        r->is_wrong = true;
}

int add_render(const struct tenant_scope *scope, const struct add *s, struct rendered *out,
               struct error *err)
{
    struct rendering r = render_begin(scope, s->to, out);
    if (s->to && s->to->owned)
        r.is_wrong = true; /* the row that is there may be somebody else's */
    render_insert(&r);
    render_key(&r, s);
    render_sums(&r, s);
    render_values(&r);
    render_plus(&r, s);
    return render_end(&r, err);
}

int query_add(const struct tenant_scope *scope, struct db *db, const struct add *s,
              struct error *err)
{
    struct rendered rendered;
    if (add_render(scope, s, &rendered, err) != 0)
        return -1;
    return run_rendered(db, &rendered, NULL, NULL, NULL, err);
}

int many_sums(struct many *many, const struct tenant_scope *scope, const struct add *s,
              struct error *err)
{
    struct rendered rendered;
    return add_render(scope, s, &rendered, err) != 0 ? -1 : collect_rendered(many, &rendered, err);
}
