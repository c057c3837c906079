/* Our own door: POST /api/v1/chat, and the ways to go on in a conversation: say something, say it
 * differently (edit), hear it again (regenerate). Every field is checked, unknown ones refused. */
#include "handlers.h"

#include "store/conversations.h"
#include "store/messages.h"
#include "turn_start.h"

#define PARAMETERS                                                                                 \
    "model", "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop",      \
        "seed", "frequency_penalty", "presence_penalty", "reasoning_effort", "tenant_id",          \
        "tenantId"

static const char *const chat_fields[] = { PARAMETERS,  "messages", "conversation_id",
                                           "parent_id", "store",    NULL };
static const char *const edit_fields[] = { PARAMETERS, "content", NULL };
static const char *const regenerate_fields[] = { PARAMETERS, NULL };

static int conversation_not_found(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "conversation_not_found", "There is no such conversation.");
}

static int message_not_found(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "message_not_found", "There is no such message.");
}

static int common_read(struct exchange *x, const char *const *fields, struct json **body,
                       struct turn_request *out, struct error *err)
{
    struct str effort;
    if (body_read(x, body, err) < 0 || body_only(*body, fields, err) < 0 ||
        body_text(*body, "reasoning_effort", 16, &effort, err) < 0 ||
        turn_body_read(x, *body, (struct str){ 0 }, out, err) < 0)
        return -1;
    out->stored = true;
    return 0;
}

/* Which conversation the turn goes on: the address may name it (named), the body, or both alike. */
static int conversation_read(const struct json *body, const struct conversation_id *named,
                             struct turn_request *out, struct error *err)
{
    struct str text = { 0 };
    if (body_text(body, "conversation_id", 64, &text, err) < 0)
        return -1;
    if (text.at && !conversation_id_parse(text, &out->conversation))
        return conversation_not_found(err);
    if (text.at && named && !conversation_id_equal(out->conversation, *named))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "conversation_id",
                          "conversation_id differs from the conversation in the address.");
    if (named)
        out->conversation = *named;
    return 0;
}

/* Where in it, and whether it is kept. */
static int place_read(const struct json *body, struct turn_request *out, struct error *err)
{
    struct str parent = { 0 };
    bool is_new = conversation_id_is_zero(out->conversation);
    if (body_text(body, "parent_id", 64, &parent, err) < 0 ||
        body_bool(body, "store", &out->stored, err) < 0)
        return -1;
    if (parent.at && is_new)
        return fail_param(err, ERROR_BAD_REQUEST, "missing_field", "conversation_id",
                          "parent_id needs a conversation_id.");
    if (parent.at && !message_id_parse(parent, &out->parent))
        return message_not_found(err);
    if (!out->stored && !is_new)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "store",
                          "A turn of a conversation is always stored.");
    out->has_parent = parent.at != NULL;
    return 0;
}

static int last_is_users(const struct prompt *prompt, struct error *err)
{
    if (!strcmp(prompt->messages[prompt->count - 1].role, "user"))
        return 0;
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", "messages",
                      "The last message must be the user's.");
}

static int chat_read(struct exchange *x, const struct conversation_id *named,
                     struct turn_request *out, struct error *err)
{
    struct json *body;
    struct prompt_limits limits = prompt_limits_of(x);
    if (common_read(x, chat_fields, &body, out, err) < 0 ||
        conversation_read(body, named, out, err) < 0 || place_read(body, out, err) < 0 ||
        prompt_read(x->arena, json_member(body, "messages"), &limits, &out->prompt, err) < 0)
        return -1;
    return last_is_users(&out->prompt, err);
}

int chat_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    struct turn_request request;
    return chat_read(x, NULL, &request, err) < 0 ? -1 : turn_start(x, &request, err);
}

int message_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    struct turn_request request;
    struct conversation_id named;
    if (!conversation_id_parse(x->params[0], &named))
        return conversation_not_found(err);
    return chat_read(x, &named, &request, err) < 0 ? -1 : turn_start(x, &request, err);
}

/* The message that the path names. */
static int message_of_path(struct exchange *x, const struct tenant_scope *scope,
                           struct turn_request *request, struct message *out, struct error *err)
{
    struct message_id id;
    struct conversation found;
    if (!conversation_id_parse(x->params[0], &request->conversation))
        return conversation_not_found(err);
    if (!message_id_parse(x->params[1], &id))
        return message_not_found(err);
    if (conversation_find(scope, x->db, request->conversation, false, x->arena, &found, err) < 0)
        return -1;
    return message_find(scope, x->db, request->conversation, id, x->arena, out, err);
}

int message_edit(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct json *body;
    struct turn_request request;
    struct message old;
    struct str content = { 0 };
    struct prompt_limits limits = prompt_limits_of(x);
    if (common_read(x, edit_fields, &body, &request, err) < 0 ||
        body_text(body, "content", (size_t)limits.message_bytes, &content, err) < 0 ||
        prompt_of_text(x->arena, "user", content, &limits, &request.prompt, err) < 0 ||
        message_of_path(x, scope, &request, &old, err) < 0)
        return -1;
    if (!str_is(old.role, "user"))
        return fail(err, ERROR_UNPROCESSABLE, "not_editable",
                    "Only what a person said can be edited; an answer can be regenerated.");
    request.has_parent = true;
    request.parent = old.parent;
    return turn_start(x, &request, err);
}

int message_regenerate(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct json *body;
    struct turn_request request;
    struct message old;
    if (x->request.body.len == 0) { /* nothing to say is allowed here */
        x->request.body = STR("{}");
        x->request.content_type = STR("application/json");
    }
    if (common_read(x, regenerate_fields, &body, &request, err) < 0 ||
        message_of_path(x, scope, &request, &old, err) < 0)
        return -1;
    if (!str_is(old.role, "assistant"))
        return fail(err, ERROR_UNPROCESSABLE, "not_an_answer",
                    "Only an answer can be regenerated.");
    request.has_parent = true;
    request.parent = old.parent;
    return turn_start(x, &request, err);
}
