/* Brings rendered statements to the database, one by one or many at once; for the verbs. */
#include "render.h"

/* In the order of the question marks: SET's come first in the text. */
static void values_in_order(const struct rendered *rendered, struct value out[QUERY_BINDS])
{
    size_t head = rendered->bind_count - rendered->set_count;
    memcpy(out, rendered->binds + head, rendered->set_count * sizeof *out);
    memcpy(out + rendered->set_count, rendered->binds, head * sizeof *out);
}

int run_rendered(struct db *db, struct rendered *rendered, struct arena *arena, struct rows *rows,
                 int64_t *changed, struct error *err)
{
    struct value values[QUERY_BINDS];
    values_in_order(rendered, values);
    int rc = db_run(db, rendered->sql.at, values, rendered->bind_count, arena, rows, changed, err);
    text_free(&rendered->sql);
    return rc;
}

int collect_rendered(struct many *many, struct rendered *rendered, struct error *err)
{
    struct value values[QUERY_BINDS];
    if (!many->sql)
        many->sql = arena_copy(many->arena, text_str(&rendered->sql)).at;
    bool is_same = strcmp(many->sql, rendered->sql.at) == 0;
    text_free(&rendered->sql);
    if (!is_same)
        return fail(err, ERROR_INTERNAL, "query_shape", "A row is of another shape.");
    values_in_order(rendered, values);
    many_add(many, values, rendered->bind_count);
    return 0;
}
