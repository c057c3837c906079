/* Brings a rendered statement to the database; and keeps ids alive until then; for the verbs. */
#include "render.h"

#define RING 64

struct str query_bytes(struct uuid id)
{
    static _Thread_local struct uuid ring[RING];
    static _Thread_local unsigned next;
    struct uuid *place = &ring[next++ % RING];
    *place = id;
    return (struct str){ (const char *)place->b, sizeof place->b };
}

int run_rendered(struct db *db, struct rendered *rendered, struct arena *arena, struct rows *rows,
                 int64_t *changed, struct error *err)
{
    struct value values[QUERY_BINDS];
    size_t head = rendered->bind_count - rendered->set_count;
    memcpy(values, rendered->binds + head, rendered->set_count * sizeof *values);
    memcpy(values + rendered->set_count, rendered->binds, head * sizeof *values);
    int rc = db_run(db, rendered->sql.at, values, rendered->bind_count, arena, rows, changed, err);
    text_free(&rendered->sql);
    return rc;
}
