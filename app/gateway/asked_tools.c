/* The tools of a client's body, for the providers that describe theirs otherwise. */
#include "asked.h"

static int bad(const char *name, const char *words, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", name, "%s %s.", name, words);
}

static int read_tool(const struct json *tool, struct asked_tool *out, struct error *err)
{
    const struct json *function = json_member(tool, "function");
    const struct json *parameters = json_member(function, "parameters");
    const struct json *strict = json_member(function, "strict");
    struct str type = json_text(json_member(tool, "type"));
    if (!str_is(type, "function"))
        return fail_param(err, ERROR_BAD_REQUEST, "unsupported_parameter", "tools",
                          "This model's provider only takes tools of the type function.");
    *out = (struct asked_tool){ .name = json_text(json_member(function, "name")),
                                .description = json_text(json_member(function, "description")),
                                .strict = strict && strict->boolean };
    if (!out->name.len)
        return bad("tools", "holds a function without a name", err);
    if (json_is_set(parameters)) {
        if (parameters->type != JSON_OBJECT)
            return bad("tools", "holds a function whose parameters are no schema", err);
        out->parameters = parameters->raw;
    }
    return 0;
}

static int read_choice(const struct json *choice, struct asked_tools *out, struct error *err)
{
    struct str word = json_text(choice);
    out->named = json_text(json_member(json_member(choice, "function"), "name"));
    if (!json_is_set(choice))
        out->choice = CHOICE_UNSAID;
    else if (str_is(word, "auto"))
        out->choice = CHOICE_AUTO;
    else if (str_is(word, "required"))
        out->choice = CHOICE_REQUIRED;
    else if (str_is(word, "none"))
        out->choice = CHOICE_NONE;
    else if (out->named.len)
        out->choice = CHOICE_NAMED;
    else
        return bad("tool_choice", "must be auto, required, none or name a function", err);
    return 0;
}

int asked_tools(const struct json *parameters, struct arena *arena, struct asked_tools *out,
                struct error *err)
{
    const struct json *tools = json_member(parameters, "tools");
    const struct json *parallel = json_member(parameters, "parallel_tool_calls");
    struct asked_tools read = { 0 };
    if (json_is_set(tools) && tools->type != JSON_ARRAY)
        return bad("tools", "must be an array", err);
    if (json_is_set(tools) && tools->count) {
        read.tools = arena_try(arena, tools->count * sizeof *read.tools);
        if (!read.tools)
            return fail(err, ERROR_TOO_LARGE, "request_too_large", "There are too many tools");
        for (const struct json *tool = tools->children; tool; tool = tool->next) {
            if (read_tool(tool, &read.tools[read.count++], err) != 0)
                return -1;
        }
    }
    if (read_choice(json_member(parameters, "tool_choice"), &read, err) != 0)
        return -1;
    read.one_at_a_time = parallel && parallel->type == JSON_BOOL && !parallel->boolean;
    *out = read;
    return 0;
}
