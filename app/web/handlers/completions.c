/* The doors of other clients: what they ask becomes the body of a chat completion, whose unknown
 * fields are the provider's business. */
#include "handlers.h"

#include "turn_start.h"

static int stream_options_read(const struct json *body, struct turn_request *out, struct error *err)
{
    const struct json *options = json_member(body, "stream_options");
    if (!json_is_set(options))
        return 0;
    if (options->type != JSON_OBJECT)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", "stream_options",
                          "stream_options must be an object.");
    if (!out->stream)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "stream_options",
                          "stream_options is only allowed when stream is true.");
    return body_bool(options, "include_usage", &out->show_usage, err);
}

/* named: the address's model, which wins over the body's; absent: none. */
static int begin(struct exchange *x, struct str named, struct error *err)
{
    struct json *body;
    struct turn_request request;
    struct prompt_limits limits = prompt_limits_of(x);
    if (chat_body_read(x, &body, err) < 0 || turn_body_read(x, body, named, &request, err) < 0 ||
        chat_types_check(body, err) < 0 || stream_options_read(body, &request, err) < 0 ||
        body_bool(body, "store", &request.stored, err) < 0 ||
        prompt_read(x->arena, json_member(body, "messages"), &limits, &request.prompt, err) < 0)
        return -1;
    bool is_own = !x->door->to_chat; /* another door names places of its own body */
    if (is_own && prompt_check_calls(json_member(body, "messages"), err) < 0)
        return -1;
    return turn_start(x, &request, err);
}

int completions_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    return begin(x, (struct str){ 0 }, err);
}

int text_completions_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    return completions_post(x, scope, err);
}

int azure_completions_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    return begin(x, x->params[0], err);
}

int ollama_chat_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    return completions_post(x, scope, err);
}

int ollama_generate_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    return completions_post(x, scope, err);
}

int messages_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    return completions_post(x, scope, err);
}
