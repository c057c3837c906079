/* Tool calls and their results in the messages of a client: each result answers a call before it.
 */
#include "chat/prompt.h"

/* member: of the message, where it is wrong. */
__attribute__((format(printf, 4, 5))) static int bad(struct error *err, const char *words,
                                                     size_t message, const char *member, ...)
{
    char param[96];
    int n = snprintf(param, sizeof param, "messages[%zu].", message);
    va_list args;
    va_start(args, member);
    vsnprintf(param + n, sizeof param - (size_t)n, member, args);
    va_end(args);
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", param, "%s %s.", param, words);
}

static int check_call(const struct json *call, size_t message, size_t index, struct error *err)
{
    const struct json *function = json_member(call, "function");
    const struct json *arguments = json_member(function, "arguments");
    if (call->type != JSON_OBJECT)
        return bad(err, "must be an object", message, "tool_calls[%zu]", index);
    if (!json_text(json_member(call, "id")).len)
        return bad(err, "must be a string that is not empty", message, "tool_calls[%zu].id", index);
    if (function && !json_text(json_member(function, "name")).len)
        return bad(err, "must be a string that is not empty", message,
                   "tool_calls[%zu].function.name", index);
    if (json_is_set(arguments) && arguments->type != JSON_STRING)
        return bad(err, "must be a string", message, "tool_calls[%zu].function.arguments", index);
    return 0;
}

static int check_calls(const struct json *calls, size_t message, struct error *err)
{
    size_t index = 0;
    if (!json_is_set(calls))
        return 0;
    if (calls->type != JSON_ARRAY)
        return bad(err, "must be an array", message, "tool_calls");
    for (const struct json *call = calls->children; call; call = call->next)
        if (check_call(call, message, index++, err) < 0)
            return -1;
    return 0;
}

static bool is_called(const struct json *messages, const struct json *before, struct str id)
{
    for (const struct json *m = messages->children; m != before; m = m->next) {
        const struct json *calls = json_member(m, "tool_calls");
        for (const struct json *call = calls ? calls->children : NULL; call; call = call->next)
            if (str_equal(json_text(json_member(call, "id")), id))
                return true;
    }
    return false;
}

int prompt_check_calls(const struct json *messages, struct error *err)
{
    size_t index = 0;
    for (const struct json *m = messages->children; m; m = m->next, index++) {
        if (check_calls(json_member(m, "tool_calls"), index, err) < 0)
            return -1;
        if (!str_is(json_text(json_member(m, "role")), "tool"))
            continue;
        struct str id = json_text(json_member(m, "tool_call_id"));
        if (!id.len)
            return bad(err, "must be a string that is not empty", index, "tool_call_id");
        if (!is_called(messages, m, id))
            return bad(err, "answers no tool call of an earlier message", index, "tool_call_id");
    }
    return 0;
}
