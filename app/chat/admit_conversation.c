/* The stored side of admission: conversation, new messages, history. */
#include "admission.h"

#include "store/conversations.h"

/* A new conversation is named after what the person said first. */
static int make_conversation(struct admission *a, struct db *db, struct error *err)
{
    const struct prompt *prompt = &a->request->prompt;
    struct str title = STR("");
    for (size_t i = 0; i < prompt->count && !title.len; i++)
        if (!strcmp(prompt->messages[i].role, "user"))
            title = title_of(a->arena, prompt->messages[i].content);
    struct conversation made;
    if (conversation_create(a->scope, db, title, str_of(a->request->model->name),
                            a->turn->started_unix_ms, &made, err) < 0)
        return -1;
    a->turn->conversation = made.id;
    a->turn->needs_title = title.len == 0;
    return 0;
}

/* Where the new messages hang: what the request says, else the newest leaf. */
static int find_parent(struct admission *a, struct db *db, struct message_id *parent_out,
                       struct error *err)
{
    struct conversation found;
    a->turn->conversation = a->request->conversation;
    if (conversation_find(a->scope, db, a->request->conversation, true, a->arena, &found, err) < 0)
        return -1;
    a->turn->needs_title = found.title.len == 0;
    *parent_out = a->request->has_parent ? a->request->parent : found.leaf;
    return 0;
}

static int store_messages(struct admission *a, struct db *db, struct message_id parent,
                          struct error *err)
{
    const struct prompt *prompt = &a->request->prompt;
    for (size_t i = 0; i < prompt->count; i++) {
        const struct prompt_message *m = &prompt->messages[i];
        struct message message = { .id = message_id_new(),
                                   .parent = parent,
                                   .role = str_of(strcmp(m->role, "function") ? m->role : "tool"),
                                   .content = m->content,
                                   .parts = m->json,
                                   .state = STR("complete"),
                                   .bytes = prompt->tokens[i],
                                   .created_ms = a->turn->started_unix_ms };
        if (message_append(a->scope, db, a->turn->conversation, &message, err) < 0)
            return -1;
        parent = message.id;
    }
    a->turn->parent = parent;
    return conversation_advance(a->scope, db, a->turn->conversation, parent,
                                str_of(a->request->model->name), a->turn->started_unix_ms, err);
}

static int64_t answer_room(const struct admission *a)
{
    const struct model *model = a->request->model;
    return a->request->max_tokens ? a->request->max_tokens : model->output_tokens;
}

int admit_conversation(struct admission *a, struct db *db, struct error *err)
{
    struct turn *turn = a->turn;
    struct prompt prompt = a->request->prompt;
    if (turn->stored) {
        struct message_id parent = { { { 0 } } };
        bool is_new = conversation_id_is_zero(a->request->conversation);
        if ((is_new ? make_conversation(a, db, err) : find_parent(a, db, &parent, err)) < 0)
            return -1;
        struct message *stored;
        size_t stored_count;
        if (history_read(a->scope, db, turn->conversation, parent, a->arena, &stored, &stored_count,
                         err) < 0 ||
            store_messages(a, db, parent, err) < 0)
            return -1;
        history_cut(a->arena, stored, stored_count, &a->request->prompt,
                    a->request->model->context_tokens - answer_room(a), &prompt);
        turn->answer = message_id_new();
    }
    turn->completion.messages = prompt.messages;
    turn->completion.message_count = prompt.count;
    for (size_t i = 0; i < prompt.count; i++)
        turn->prompt_tokens += prompt.tokens[i];
    return 0;
}
