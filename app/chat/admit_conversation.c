/* The conversation's side of admission: where the turn goes on, what is to be stored, and the
 * history. */
#include "admission.h"

/* A new conversation is named after what the person said first. */
static void begin_conversation(struct candidate *c)
{
    const struct prompt *prompt = &c->asked->request->prompt;
    struct turn *turn = c->turn;
    struct str title = STR("");
    for (size_t i = 0; i < prompt->count && !title.len; i++)
        if (!strcmp(prompt->messages[i].role, "user"))
            title = title_of(turn->arena, prompt->messages[i].content);
    c->begun = conversation_new(title, str_of(turn->model->name), turn->started_unix_ms);
    turn->conversation = c->begun.id;
    turn->needs_title = title.len == 0;
}

/* Where the new messages hang: what the request says, else the newest leaf. */
static int find_parent(struct candidate *c, struct db *db, struct message_id *parent_out,
                       struct error *err)
{
    const struct turn_request *request = c->asked->request;
    struct turn *turn = c->turn;
    struct conversation found;
    turn->conversation = request->conversation;
    if (conversation_find(turn->scope, db, request->conversation, true, turn->arena, &found, err) <
        0)
        return -1;
    turn->needs_title = found.title.len == 0;
    *parent_out = request->has_parent ? request->parent : found.leaf;
    return 0;
}

/* What is to be stored, each message hanging on the one before. */
static void list_messages(struct candidate *c, struct message_id parent)
{
    const struct prompt *prompt = &c->asked->request->prompt;
    c->added = arena_array_of(c->turn->arena, struct message, prompt->count);
    c->added_count = prompt->count;
    c->after = parent;
    for (size_t i = 0; i < prompt->count; i++) {
        const struct prompt_message *m = &prompt->messages[i];
        c->added[i] =
            (struct message){ .id = message_id_new(),
                              .parent = parent,
                              .role = str_of(strcmp(m->role, "function") ? m->role : "tool"),
                              .content = m->content,
                              .parts = m->json,
                              .state = STR("complete"),
                              .bytes = prompt->tokens[i],
                              .created_ms = c->turn->started_unix_ms };
        parent = c->added[i].id;
    }
    c->turn->parent = parent;
    c->begun.leaf = parent;
    c->turn->answer = message_id_new();
}

static int64_t answer_room(const struct turn_request *request)
{
    return request->max_tokens ? request->max_tokens : request->model->output_tokens;
}

static int continue_conversation(struct candidate *c, struct db *db, struct prompt *prompt_out,
                                 struct error *err)
{
    const struct turn_request *request = c->asked->request;
    struct turn *turn = c->turn;
    struct message_id parent = { { { 0 } } };
    struct message *stored;
    size_t stored_count;
    if (conversation_id_is_zero(request->conversation))
        begin_conversation(c);
    else if (find_parent(c, db, &parent, err) < 0)
        return -1;
    if (history_read(turn->scope, db, turn->conversation, parent, turn->arena, &stored,
                     &stored_count, err) < 0)
        return -1;
    list_messages(c, parent);
    history_cut(turn->arena, stored, stored_count, &request->prompt,
                request->model->context_tokens - answer_room(request), prompt_out);
    return 0;
}

/* A turn that leaves nothing behind goes on with what is kept. */
static int read_along(struct candidate *c, struct db *db, struct prompt *prompt_out,
                      struct error *err)
{
    const struct turn_request *request = c->asked->request;
    struct message *stored;
    size_t stored_count;
    if (history_read(c->turn->scope, db, request->conversation, request->parent, c->turn->arena,
                     &stored, &stored_count, err) < 0)
        return -1;
    history_cut(c->turn->arena, stored, stored_count, &request->prompt,
                request->model->context_tokens - answer_room(request), prompt_out);
    return 0;
}

/* What this turn alone is told comes before everything. */
static void tell_first(struct arena *arena, const struct prompt *first, struct prompt *prompt)
{
    size_t count = first->count + prompt->count;
    if (!first->count)
        return;
    struct prompt all = { arena_array_of(arena, struct prompt_message, count),
                          arena_array_of(arena, int64_t, count), count };
    for (size_t i = 0; i < count; i++) {
        const struct prompt *from = i < first->count ? first : prompt;
        size_t at = i < first->count ? i : i - first->count;
        all.messages[i] = from->messages[at];
        all.tokens[i] = from->tokens[at];
    }
    *prompt = all;
}

int admit_conversation(struct admissions *all, struct candidate *c, struct db *db,
                       struct error *err)
{
    (void)all;
    struct turn *turn = c->turn;
    struct prompt prompt = c->asked->request->prompt;
    const struct turn_request *request = c->asked->request;
    bool goes_on = !conversation_id_is_zero(request->conversation);
    if (turn->stored ? continue_conversation(c, db, &prompt, err) < 0
                     : goes_on && read_along(c, db, &prompt, err) < 0)
        return -1;
    tell_first(turn->arena, &request->preamble, &prompt);
    turn->completion.messages = prompt.messages;
    turn->completion.message_count = prompt.count;
    for (size_t i = 0; i < prompt.count; i++)
        turn->prompt_tokens += prompt.tokens[i];
    return 0;
}
