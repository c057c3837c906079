/* Anthropic's tools as OpenAI's functions. */
#include "messages.h"

/* What Anthropic's own servers run, or its models know by heart, no other provider can be told. */
static int check_type(const struct json *tool, const struct place *at, struct error *err)
{
    const struct json *type;
    struct place place = place_in(at, "type");
    if (member_of(tool, at, "type", JSON_STRING, &type, err) != 0)
        return -1;
    if (!type || str_is(type->text, "custom"))
        return 0;
    return fail_param(
        err, ERROR_BAD_REQUEST, "unsupported_tool", place.text,
        "%s: the tool %.*s is Anthropic's own and not to be had here; only tools with an "
        "input_schema are.",
        place.text, (int)(type->text.len < 40 ? type->text.len : 40), type->text.at);
}

static int put_tool(struct translation *t, const struct json *tool, const struct place *at,
                    struct error *err)
{
    static const struct renamed names[] = { { "name", "name", JSON_STRING },
                                            { "description", "description", JSON_STRING },
                                            { "input_schema", "parameters", JSON_OBJECT },
                                            { "strict", "strict", JSON_BOOL } };
    const struct json *needed;
    if (tool->type != JSON_OBJECT)
        return refuse_type(at, "an object", err);
    if (check_type(tool, at, err) != 0 ||
        member_needed(tool, at, "name", JSON_STRING, &needed, err) != 0 ||
        member_needed(tool, at, "input_schema", JSON_OBJECT, &needed, err) != 0)
        return -1;
    json_object_open(t->w);
    json_c_member(t->w, "type", "function");
    json_key(t->w, "function");
    json_object_open(t->w);
    if (put_renamed(t->w, tool, at, names, sizeof names / sizeof *names, err) != 0)
        return -1;
    json_object_close(t->w);
    json_object_close(t->w);
    return 0;
}

static int put_named(struct translation *t, const struct json *choice, const struct place *at,
                     struct error *err)
{
    const struct json *name;
    if (member_needed(choice, at, "name", JSON_STRING, &name, err) != 0)
        return -1;
    json_key(t->w, "tool_choice");
    json_object_open(t->w);
    json_c_member(t->w, "type", "function");
    json_key(t->w, "function");
    json_object_open(t->w);
    json_text_member(t->w, "name", name->text);
    json_object_close(t->w);
    json_object_close(t->w);
    return 0;
}

static int put_choice(struct translation *t, const struct json *choice, bool has_tools,
                      struct error *err)
{
    const struct json *type, *one;
    struct place at = place_in(NULL, "tool_choice"), place = place_in(&at, "type");
    if (member_needed(choice, &at, "type", JSON_STRING, &type, err) != 0 ||
        member_of(choice, &at, "disable_parallel_tool_use", JSON_BOOL, &one, err) != 0)
        return -1;
    if (!has_tools)
        return refuse_at(&at, "invalid_value", "needs tools to choose from", err);
    if (one && one->boolean)
        json_bool_member(t->w, "parallel_tool_calls", false);
    if (str_is(type->text, "tool"))
        return put_named(t, choice, &at, err);
    bool any = str_is(type->text, "any");
    if (!any && !str_is(type->text, "auto") && !str_is(type->text, "none"))
        return refuse_at(&place, "invalid_value", "must be auto, any, tool or none", err);
    json_text_member(t->w, "tool_choice", any ? STR("required") : type->text);
    return 0;
}

int messages_put_tools(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *tools, *choice;
    size_t i = 0;
    if (member_of(body, NULL, "tools", JSON_ARRAY, &tools, err) != 0 ||
        member_of(body, NULL, "tool_choice", JSON_OBJECT, &choice, err) != 0)
        return -1;
    bool has_tools = tools && tools->count;
    if (has_tools) {
        json_key(t->w, "tools");
        json_array_open(t->w);
    }
    for (const struct json *tool = has_tools ? tools->children : NULL; tool; tool = tool->next) {
        struct place at = place_of("tools[%zu]", i++);
        if (put_tool(t, tool, &at, err) != 0)
            return -1;
    }
    if (has_tools)
        json_array_close(t->w);
    return choice ? put_choice(t, choice, has_tools, err) : 0;
}
