/* Reads scripts: what a test wants the model server to do. */
#include "script.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

yajl_val json_member(yajl_val object, const char *name)
{
    if (!YAJL_IS_OBJECT(object))
        return NULL;
    const char *path[] = { name, NULL };
    return yajl_tree_get(object, path, yajl_t_any);
}

long long json_number(yajl_val object, const char *name, long long otherwise)
{
    yajl_val value = json_member(object, name);
    return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : otherwise;
}

bool json_bool(yajl_val object, const char *name)
{
    return YAJL_IS_TRUE(json_member(object, name));
}

const char *json_string(yajl_val object, const char *name)
{
    yajl_val value = json_member(object, name);
    return YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : NULL;
}

yajl_val json_item(yajl_val array, size_t i)
{
    if (!YAJL_IS_ARRAY(array) || i >= array->u.array.len)
        return NULL;
    return array->u.array.values[i];
}

void script_default(struct script *out)
{
    *out = (struct script){ .stall_after = -1,
                            .cut_after = -1,
                            .reset_after = -1,
                            .error_after = -1,
                            .garbage_after = -1,
                            .retry_after = -1 };
}

static void read_text(yajl_val object, const char *name, char **out)
{
    const char *text = json_string(object, name);
    if (!text)
        return;
    free(*out);
    *out = copy_text(text);
}

static void read_usage(yajl_val object, struct script *out)
{
    yajl_val usage = json_member(object, "usage");
    if (!YAJL_IS_OBJECT(usage))
        return;
    out->has_usage = true;
    out->prompt_tokens = json_number(usage, "prompt_tokens", 0);
    out->completion_tokens = json_number(usage, "completion_tokens", 0);
    out->cached_tokens = json_number(usage, "cached_tokens", 0);
    out->reasoning_tokens = json_number(usage, "reasoning_tokens", 0);
}

static void read_calls(yajl_val object, struct script *out)
{
    yajl_val list = json_member(object, "tool_calls"), item;
    if (!YAJL_IS_ARRAY(list) || out->calls)
        return;
    out->calls = must(calloc(list->u.array.len + 1, sizeof *out->calls));
    for (size_t i = 0; (item = json_item(list, i)); i++) {
        const char *name = json_string(item, "name"), *arguments = json_string(item, "arguments");
        out->calls[out->call_count++] = (struct call){ copy_text(name ? name : "tool"),
                                                       copy_text(arguments ? arguments : "{}") };
    }
}

static void read_events(yajl_val object, struct script *out)
{
    yajl_val list = json_member(object, "events");
    size_t count = 0;
    while (json_item(list, count))
        count++;
    if (!count || out->events)
        return;
    out->events = must(calloc(count, sizeof *out->events));
    for (size_t i = 0; i < count; i++) {
        yajl_val event = json_item(list, i);
        if (YAJL_IS_STRING(event))
            out->events[out->event_count++] = copy_text(YAJL_GET_STRING(event));
    }
}

void script_read(yajl_val object, struct script *out)
{
    const struct {
        const char *name;
        int *value;
    } numbers[] = {
        { "chunks", &out->chunks },           { "size", &out->size },
        { "delay_ms", &out->delay_ms },       { "silent_ms", &out->silent_ms },
        { "stall_after", &out->stall_after }, { "stall_ms", &out->stall_ms },
        { "cut_after", &out->cut_after },     { "reset_after", &out->reset_after },
        { "error_after", &out->error_after }, { "garbage_after", &out->garbage_after },
        { "status", &out->status },           { "retry_after", &out->retry_after },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i].value = (int)json_number(object, numbers[i].name, *numbers[i].value);
    out->flood_bytes = json_number(object, "flood_bytes", out->flood_bytes);
    out->no_usage |= json_bool(object, "no_usage");
    out->no_done |= json_bool(object, "no_done");
    out->comments |= json_bool(object, "comments");
    out->stamp |= json_bool(object, "stamp");
    read_text(object, "text", &out->text);
    read_text(object, "reasoning", &out->reasoning);
    read_text(object, "body", &out->body);
    read_text(object, "content_type", &out->content_type);
    read_text(object, "finish_reason", &out->finish_reason);
    read_usage(object, out);
    read_events(object, out);
    read_calls(object, out);
}

void script_free(struct script *script)
{
    free(script->text);
    free(script->reasoning);
    free(script->body);
    free(script->content_type);
    free(script->finish_reason);
    for (int i = 0; i < script->event_count; i++)
        free(script->events[i]);
    free(script->events);
    for (int i = 0; i < script->call_count; i++) {
        free(script->calls[i].name);
        free(script->calls[i].arguments);
    }
    free(script->calls);
    script_default(script);
}
