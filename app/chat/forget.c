/* Forgets a response and the words that nobody else needs. */
#include "chat/forget.h"

#include "chat/history.h"
#include "db/db.h"
#include "store/conversations.h"
#include "store/responses.h"
#include "store/turns.h"

/* One response in its conversation's tree. */
struct forgetting {
    const struct tenant_scope *scope;
    struct turn_id turn;
    struct arena *arena; /* of one attempt */
    struct turn_row row;
    struct response_row response;
    struct message *outline;
    size_t count;
};

static bool is_empty(const struct message *m)
{
    return m->bytes == 0;
}

static bool is_gone_on_from(const struct forgetting *f, struct message_id answer)
{
    for (size_t i = 0; i < f->count; i++)
        if (message_id_equal(f->outline[i].parent, answer) && !is_empty(&f->outline[i]))
            return true;
    return false;
}

/* From the answer up to what the input hangs on. */
static int empty_words(struct forgetting *f, struct db *db, struct error *err)
{
    size_t depth;
    struct message **branch = branch_of(f->arena, f->outline, f->count, f->row.answer, &depth);
    for (size_t i = depth; i > 0 && !message_id_equal(branch[i - 1]->id, f->response.after); i--) {
        if (message_empty(f->scope, db, f->row.conversation, branch[i - 1]->id, err) < 0)
            return -1;
        branch[i - 1]->bytes = 0;
    }
    return 0;
}

static bool says_nothing(const struct forgetting *f)
{
    size_t i = 0;
    while (i < f->count && is_empty(&f->outline[i]))
        i++;
    return i == f->count;
}

static int forget_words(struct forgetting *f, struct db *db, struct error *err)
{
    if (message_outline(f->scope, db, f->row.conversation, f->arena, &f->outline, &f->count, err) <
        0)
        return -1;
    if (is_gone_on_from(f, f->row.answer))
        return 0;
    if (empty_words(f, db, err) < 0)
        return -1;
    return says_nothing(f) ? conversation_delete(f->scope, db, f->row.conversation, 0, err) : 0;
}

/* The conversation is locked first, as everywhere. */
static int forget(struct db *db, void *arg, struct error *err)
{
    struct forgetting *f = arg;
    struct conversation found;
    arena_reset(f->arena);
    if (response_find(f->scope, db, f->turn, f->arena, &f->response, err) < 0 ||
        turn_find(f->scope, db, f->turn, f->arena, &f->row, err) < 0)
        return -1;
    if (!f->row.settled)
        return fail(err, ERROR_CONFLICT, "response_in_progress",
                    "The response is in progress; it can be cancelled, and then deleted.");
    if (conversation_find(f->scope, db, f->row.conversation, true, f->arena, &found, err) < 0 ||
        response_drop(f->scope, db, f->turn, err) < 0)
        return -1;
    return forget_words(f, db, err);
}

int response_forget(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                    struct error *err)
{
    struct forgetting f = { .scope = scope, .turn = turn, .arena = arena_new(64 << 20) };
    int status = db_transaction(db, forget, &f, err);
    arena_free(&f.arena);
    return status;
}
