/* Writes what a batch of admissions leaves in the tables: one statement a table, each row within
 * its own scope. */
#include "admission.h"

#include "store/responses.h"

struct tables {
    struct many conversations, messages, leaves, turns, responses;
};

static int add_stored(const struct admissions *all, const struct candidate *c, struct tables *t,
                      struct error *err)
{
    const struct turn *turn = c->turn;
    bool is_new = !conversation_id_is_zero(c->begun.id);
    int status =
        is_new ? conversations_create(&t->conversations, turn->scope, &c->begun, err)
               : conversations_advance(&t->leaves, turn->scope, turn->conversation, turn->parent,
                                       str_of(turn->model->name), all->now_unix_ms, err);
    for (size_t i = 0; status == 0 && i < c->added_count; i++)
        status = messages_append(&t->messages, turn->scope, turn->conversation, &c->added[i], err);
    if (status == 0 && c->asked->request->settings.at)
        status = responses_add(&t->responses, turn->scope,
                               &(struct response_row){ turn->id, turn->conversation, c->after,
                                                       c->asked->request->settings },
                               err);
    return status;
}

static int add_all(const struct admissions *all, struct tables *t, struct error *err)
{
    for (const struct candidate *c = all->list; c < all->list + all->count; c++) {
        if (c->state != WAITING)
            continue;
        struct turn_row row = turn_row_of(c->turn);
        if ((c->turn->stored && add_stored(all, c, t, err) < 0) ||
            turns_open(&t->turns, c->turn->scope, &row, c->sealed_scope, err) < 0)
            return -1;
    }
    return 0;
}

int admit_rows(struct admissions *all, struct db *db, struct error *err)
{
    struct many none = { .arena = all->arena };
    struct tables t = { none, none, none, none, none };
    int64_t changed;
    if (add_all(all, &t, err) < 0 || db_run_many(db, &t.conversations, &changed, err) < 0 ||
        db_run_many(db, &t.leaves, &changed, err) < 0 ||
        db_run_many(db, &t.messages, &changed, err) < 0)
        return -1;
    if (db_run_many(db, &t.responses, &changed, err) < 0)
        return -1;
    return db_run_many(db, &t.turns, &changed, err);
}
