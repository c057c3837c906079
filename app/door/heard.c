/* Takes chunks and completions apart for the doors that speak otherwise. */
#include "heard.h"

#include "json/write.h"

#include <stdio.h>

static const struct json_limits provider_limits = { .depth = 1000, .lenient = true };

static const struct json *words_of(const struct json *message, const char *member)
{
    const struct json *words = json_member(message, member);
    return json_text(words).len ? words : NULL;
}

static const struct json *choice_of(const struct json *root)
{
    const struct json *choices = json_member(root, "choices");
    if (!choices || choices->type != JSON_ARRAY)
        return NULL;
    for (const struct json *choice = choices->children; choice; choice = choice->next)
        if (json_integer(json_member(choice, "index"), 0) == 0)
            return choice;
    return NULL;
}

static void hear_message(const struct json *message, struct heard *out)
{
    const struct json *calls = json_member(message, "tool_calls");
    out->content = words_of(message, "content");
    out->refusal = words_of(message, "refusal");
    out->reasoning = words_of(message, "reasoning_content");
    if (!out->reasoning)
        out->reasoning = words_of(message, "reasoning");
    if (calls && calls->type == JSON_ARRAY)
        out->calls = calls->children;
}

struct heard heard_of(struct arena *arena, struct str json)
{
    struct heard heard = { .cache_written = -1 };
    struct json *root;
    struct error ignored;
    if (json_parse(arena, json, &provider_limits, &root, &ignored) != 0)
        return heard;
    const struct json *choice = choice_of(root), *usage = json_member(root, "usage");
    const struct json *message = json_member(choice, "delta");
    hear_message(message ? message : json_member(choice, "message"), &heard);
    heard.finish = json_text(json_member(choice, "finish_reason"));
    heard.stopped_by = json_text(json_member(choice, "stop_reason"));
    if (json_is_set(usage))
        heard.cache_written = json_integer(
            json_member(json_member(usage, "prompt_tokens_details"), "cache_write_tokens"), 0);
    return heard;
}

int64_t calls_number(struct calls *calls, const struct json *fragment)
{
    struct str id = json_text(json_member(fragment, "id"));
    int64_t index = json_integer(json_member(fragment, "index"), -1);
    if (index < 0)
        index =
            !calls->count || (id.len && !str_is(id, calls->last_id)) ? calls->count : calls->last;
    if (index >= CALLS_MOST)
        return -1;
    if (id.len)
        snprintf(calls->last_id, sizeof calls->last_id, "%.*s", STR_ARGS(id));
    if (index >= calls->count)
        calls->count = index + 1;
    calls->last = index;
    return index;
}

struct str call_id(struct arena *arena, const struct json *call, const char *turn, int64_t number)
{
    struct str id = json_text(json_member(call, "id"));
    if (id.len)
        return id;
    return str_of(arena_printf(arena, "call_%.31s_%d", turn, (int)number));
}

struct str call_name(const struct json *call)
{
    return json_text(json_member(json_member(call, "function"), "name"));
}

struct str call_arguments(const struct json *call)
{
    const struct json *arguments = json_member(json_member(call, "function"), "arguments");
    if (arguments && arguments->type == JSON_OBJECT)
        return arguments->raw;
    return json_text(arguments);
}

static struct str as_invalid(struct arena *arena, struct str arguments)
{
    struct text text = text_make(8 * arguments.len + 64);
    struct json_writer *w = json_writer_new(arena, &text);
    json_object_open(w);
    json_text_member(w, "INVALID_JSON", arguments);
    json_object_close(w);
    char *copy = text.over ? NULL : arena_try(arena, text.len + 1);
    size_t len = copy ? text.len : 0;
    if (copy)
        memcpy(copy, text_str(&text).at, len);
    text_free(&text);
    return copy ? (struct str){ copy, len } : STR("{}");
}

/* Between tokens a line end is a blank; within strings there is none. */
static struct str one_line(struct arena *arena, struct str raw)
{
    char *copy = arena_try(arena, raw.len + 1);
    if (!copy)
        return STR("{}");
    memcpy(copy, raw.at, raw.len);
    for (char *c = copy; c < copy + raw.len; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    return (struct str){ copy, raw.len };
}

struct str call_input(struct arena *arena, struct str arguments)
{
    struct json *root;
    struct error ignored;
    if (!arguments.len)
        return STR("{}");
    if (json_parse(arena, arguments, &provider_limits, &root, &ignored) != 0 ||
        root->type != JSON_OBJECT)
        return as_invalid(arena, arguments);
    return one_line(arena, root->raw);
}
