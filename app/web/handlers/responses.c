/* OpenAI's Responses: to ask, and to go on from what was answered before. */
#include "handlers.h"

#include "door/responses.h"
#include "store/responses.h"
#include "turn_start.h"

static int previous_not_found(struct error *err)
{
    return fail_param(err, ERROR_NOT_FOUND, "previous_response_not_found", "previous_response_id",
                      "There is no such response to go on from.");
}

/* Where the turn goes on: behind the answer of the response that is named. */
static int previous_read(struct exchange *x, const struct tenant_scope *scope,
                         struct turn_request *out, struct error *err)
{
    struct response_id id;
    struct response_row previous;
    struct turn_row turn;
    struct str named = json_text(json_member(x->body, "previous_response_id"));
    if (!named.at)
        return 0;
    if (!response_id_parse(named, &id))
        return previous_not_found(err);
    struct turn_id answered = { id.v };
    if (response_find(scope, x->db, answered, x->arena, &previous, err) < 0 ||
        turn_find(scope, x->db, answered, x->arena, &turn, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? previous_not_found(err) : -1;
    if (!turn.settled)
        return fail_param(err, ERROR_CONFLICT, "response_in_progress", "previous_response_id",
                          "The response to go on from is still in progress.");
    out->conversation = previous.conversation;
    out->has_parent = true;
    out->parent = turn.answer;
    return 0;
}

/* Instructions hold for one response alone: they are told, and not kept as words. */
static void set_apart(const struct json *body, struct turn_request *out)
{
    struct prompt *all = &out->prompt;
    if (!json_text(json_member(body, "instructions")).len)
        return;
    out->preamble = (struct prompt){ all->messages, all->tokens, 1 };
    *all = (struct prompt){ all->messages + 1, all->tokens + 1, all->count - 1 };
}

static int request_read(struct exchange *x, const struct tenant_scope *scope,
                        struct turn_request *out, struct error *err)
{
    struct json *chat;
    struct prompt_limits limits = prompt_limits_of(x);
    if (chat_body_read(x, &chat, err) < 0 ||
        turn_body_read(x, chat, (struct str){ 0 }, out, err) < 0)
        return -1;
    out->stored = true;
    if (body_bool(chat, "store", &out->stored, err) < 0 ||
        prompt_read(x->arena, json_member(chat, "messages"), &limits, &out->prompt, err) < 0)
        return -1;
    set_apart(x->body, out);
    if (out->stored)
        out->settings = responses_settings(x->arena, x->body);
    return previous_read(x, scope, out, err);
}

int responses_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct turn_request request;
    return request_read(x, scope, &request, err) < 0 ? -1 : turn_start(x, &request, err);
}
