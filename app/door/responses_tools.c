/* A response's tools as a chat's functions: flat there, nested here; a namespace's get its name
 * before theirs; a custom tool's text is the one parameter of a function. */
#include "responses_door.h"

#include "base/codec.h"

#define DESCRIPTION_MAX_BYTES (1 << 20)

struct str responses_tool_name(struct arena *arena, struct str within, struct str name)
{
    if (!within.len)
        return name;
    return str_of(arena_printf(arena, "%.*s__%.*s", STR_ARGS(within), STR_ARGS(name)));
}

static bool is_kind(const struct json *tool, const char *kind)
{
    return str_is(json_text(json_member(tool, "type")), kind);
}

/* Run by OpenAI itself. Agents offer it whether or not the model can use it, so it is left out
 * instead of refused: the model is not told of it. */
static bool is_left_out(const struct json *tool)
{
    return str_starts(json_text(json_member(tool, "type")), "web_search");
}

static const struct json *tools_of(const struct json *owner)
{
    const struct json *tools = json_member(owner, "tools");
    return tools && tools->type == JSON_ARRAY ? tools->children : NULL;
}

/* ---- asking ---- */

/* The list that is being written. */
struct offering {
    struct json_writer *w;
    struct arena *arena;
    bool is_open;
    struct error *err;
};

static int bad(struct offering *o, const char *place, const char *code, const char *words)
{
    return fail_param(o->err, ERROR_BAD_REQUEST, code, place, "%s %s", place, words);
}

/* A grammar that nobody enforces is at least told. */
static void put_custom(struct offering *o, const struct json *tool)
{
    struct str text = json_text(json_member(tool, "description"));
    const struct json *format = json_member(tool, "format");
    struct str grammar = json_text(json_member(format, "definition"));
    struct text told = text_make(DESCRIPTION_MAX_BYTES);
    text_add(&told, text);
    if (grammar.len) {
        text_addf(&told, "%sThe input follows this grammar (%.*s):\n", text.len ? "\n\n" : "",
                  STR_ARGS(utf8_cut(json_text(json_member(format, "syntax")), 20)));
        text_add(&told, grammar);
    }
    json_text_member(o->w, "description", text_str(&told));
    json_raw_member(o->w, "parameters",
                    STR("{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},"
                        "\"required\":[\"input\"],\"additionalProperties\":false}"));
    text_free(&told);
}

static void put_function(struct offering *o, const struct json *tool)
{
    const struct json *text = json_member(tool, "description");
    const struct json *parameters = json_member(tool, "parameters");
    const struct json *strict = json_member(tool, "strict");
    if (json_text(text).len)
        json_text_member(o->w, "description", text->text);
    if (json_is_set(parameters))
        json_raw_member(o->w, "parameters", parameters->raw);
    if (strict && strict->boolean)
        json_bool_member(o->w, "strict", true);
}

static int put_tool(struct offering *o, const char *place, struct str within,
                    const struct json *tool)
{
    struct str name = json_text(json_member(tool, "name"));
    bool is_custom = is_kind(tool, "custom");
    if (!is_custom && !is_kind(tool, "function"))
        return bad(o, arena_printf(o->arena, "%s.type", place), "unsupported_value",
                   "must be function or custom: tools that OpenAI runs are not here.");
    if (!name.len || name.len + within.len > 256)
        return bad(o, arena_printf(o->arena, "%s.name", place), "invalid_value", "must be a name.");
    if (!o->is_open) {
        json_key(o->w, "tools");
        json_array_open(o->w);
    }
    o->is_open = true;
    json_object_open(o->w);
    json_c_member(o->w, "type", "function");
    json_key(o->w, "function");
    json_object_open(o->w);
    json_text_member(o->w, "name", responses_tool_name(o->arena, within, name));
    if (is_custom)
        put_custom(o, tool);
    else
        put_function(o, tool);
    json_object_close(o->w);
    json_object_close(o->w);
    return 0;
}

static int put_list(struct offering *o, const char *list, struct str within,
                    const struct json *tools)
{
    int status = 0, i = 0;
    for (const struct json *tool = tools; tool && status == 0; tool = tool->next, i++) {
        const char *place = arena_printf(o->arena, "%s[%d]", list, i);
        if (is_left_out(tool))
            continue;
        if (is_kind(tool, "namespace") && !within.len)
            status = put_list(o, arena_printf(o->arena, "%s.tools", place),
                              json_text(json_member(tool, "name")), tools_of(tool));
        else
            status = put_tool(o, place, within, tool);
    }
    return status;
}

static int put_choice(struct offering *o, const struct json *choice)
{
    struct str word = json_text(choice), name = json_text(json_member(choice, "name"));
    bool is_word = str_is(word, "auto") || str_is(word, "none") || str_is(word, "required");
    bool is_named = (is_kind(choice, "function") || is_kind(choice, "custom")) && name.len > 0;
    if (!json_is_set(choice) || (is_word && !o->is_open && !str_is(word, "required")))
        return 0;
    if (!is_word && !is_named)
        return bad(o, "tool_choice", "unsupported_value",
                   "must be auto, none, required, or a function's or custom tool's name.");
    if (!o->is_open)
        return bad(o, "tool_choice", "invalid_value", "needs tools that can be called.");
    json_key(o->w, "tool_choice");
    if (is_word) {
        json_put_text(o->w, word);
        return 0;
    }
    json_object_open(o->w);
    json_c_member(o->w, "type", "function");
    json_key(o->w, "function");
    json_object_open(o->w);
    json_text_member(o->w, "name", name);
    json_object_close(o->w);
    json_object_close(o->w);
    return 0;
}

int responses_put_tools(struct json_writer *w, const struct json *body, struct arena *arena,
                        struct error *err)
{
    struct offering o = { .w = w, .arena = arena, .err = err };
    const struct json *tools = json_member(body, "tools");
    const struct json *parallel = json_member(body, "parallel_tool_calls");
    if (json_is_set(tools) && tools->type != JSON_ARRAY)
        return bad(&o, "tools", "invalid_type", "must be a list.");
    int status = put_list(&o, "tools", (struct str){ 0 }, tools_of(body));
    if (o.is_open)
        json_array_close(w);
    if (status == 0 && o.is_open && json_is_set(parallel))
        json_raw_member(w, "parallel_tool_calls", parallel->raw);
    return status == 0 ? put_choice(&o, json_member(body, "tool_choice")) : -1;
}

/* ---- answering ---- */

static bool is_called(const struct json *tool, struct str within, struct str name)
{
    struct str own = json_text(json_member(tool, "name"));
    if (!within.len)
        return str_equal(own, name);
    return name.len == within.len + 2 + own.len && !memcmp(name.at, within.at, within.len) &&
           !memcmp(name.at + within.len, "__", 2) &&
           !memcmp(name.at + within.len + 2, own.at, own.len);
}

static const struct json *find(const struct json *tools, struct str within, struct str name)
{
    for (; tools; tools = tools->next)
        if (!is_kind(tools, "namespace") && json_text(json_member(tools, "name")).len &&
            is_called(tools, within, name))
            return tools;
    return NULL;
}

struct responses_tool responses_tool_of(const struct json *body, struct str name)
{
    const struct json *tool = find(tools_of(body), (struct str){ 0 }, name);
    struct str within = { 0 };
    for (const struct json *space = tools_of(body); space && !tool; space = space->next) {
        within = json_text(json_member(space, "name"));
        if (is_kind(space, "namespace") && within.len)
            tool = find(tools_of(space), within, name);
    }
    if (!tool)
        return (struct responses_tool){ .name = name };
    return (struct responses_tool){ .name = json_member(tool, "name")->text,
                                    .within = within,
                                    .is_custom = is_kind(tool, "custom") };
}
