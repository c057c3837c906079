/* Writes the items of a response: of an answer as it comes, and of messages that are stored. */
#include "responses_door.h"

#include "door/responses.h"

const char *responses_item_id(const struct voice *voice, const struct item *item)
{
    static const char *const prefixes[] = {
        [ITEM_REASONING] = "rs", [ITEM_MESSAGE] = "msg", [ITEM_CALL] = "fc"
    };
    const struct fold *fold = voice->state;
    bool is_custom = item->kind == ITEM_CALL && item->tool.is_custom;
    return arena_printf(fold->scratch, "%s_%s_%d", is_custom ? "ctc" : prefixes[item->kind],
                        strchr(voice->turn, '_') + 1, item->index);
}

static void put_text_part(struct json_writer *w, struct str text, struct str logprobs)
{
    json_object_open(w);
    json_c_member(w, "type", "output_text");
    json_raw_member(w, "annotations", STR("[]"));
    json_raw_member(w, "logprobs", logprobs);
    json_text_member(w, "text", text);
    json_object_close(w);
}

static void put_refusal_part(struct json_writer *w, struct str refusal)
{
    json_object_open(w);
    json_c_member(w, "type", "refusal");
    json_text_member(w, "refusal", refusal);
    json_object_close(w);
}

struct str responses_logprobs(const struct voice *voice, const struct item *item)
{
    const struct fold *fold = voice->state;
    return str_of(arena_printf(fold->scratch, "[%.*s]", STR_ARGS(text_str(&item->logprobs))));
}

void responses_put_part(struct json_writer *w, const struct voice *voice, const struct item *item,
                        int part)
{
    if (part == item->text_at)
        put_text_part(w, text_str(&item->text), responses_logprobs(voice, item));
    else
        put_refusal_part(w, text_str(&item->refusal));
}

static void put_reasoning(struct json_writer *w, const struct item *item)
{
    json_key(w, "summary");
    json_array_open(w);
    if (item->text.len) {
        json_object_open(w);
        json_c_member(w, "type", "summary_text");
        json_text_member(w, "text", text_str(&item->text));
        json_object_close(w);
    }
    json_array_close(w);
}

static void put_message(struct json_writer *w, const struct voice *voice, const struct item *item)
{
    json_key(w, "content");
    json_array_open(w);
    for (int part = 0; part < item->parts; part++)
        responses_put_part(w, voice, item, part);
    json_array_close(w);
    json_c_member(w, "role", "assistant");
}

/* The one argument of the function that stands for a custom tool; what is no such thing as it is.
 */
struct str responses_custom_input(struct arena *arena, struct str arguments)
{
    static const struct json_limits limits = { .lenient = true };
    struct json *root;
    struct error ignored;
    if (json_parse(arena, arguments, &limits, &root, &ignored) < 0 ||
        !json_text(json_member(root, "input")).at)
        return arguments;
    return json_member(root, "input")->text;
}

static void put_call(struct json_writer *w, const struct voice *voice, const struct item *item)
{
    const struct fold *fold = voice->state;
    struct str arguments = text_str(&item->text);
    json_text_member(w, "call_id", text_str(&item->call_id));
    json_text_member(w, "name", item->tool.name);
    if (item->tool.within.len)
        json_text_member(w, "namespace", item->tool.within);
    if (item->tool.is_custom)
        json_text_member(
            w, "input", item->is_done ? responses_custom_input(fold->scratch, arguments) : STR(""));
    else
        json_text_member(w, "arguments", arguments);
}

static const char *status_of(const struct fold *fold, const struct item *item)
{
    if (!item->is_done)
        return fold->is_broken ? "incomplete" : "in_progress";
    return fold->is_short && item == fold->last ? "incomplete" : "completed";
}

void responses_put_item(struct json_writer *w, const struct voice *voice, const struct item *item)
{
    static const char *const types[] = {
        [ITEM_REASONING] = "reasoning", [ITEM_MESSAGE] = "message", [ITEM_CALL] = "function_call"
    };
    const struct fold *fold = voice->state;
    bool is_custom = item->kind == ITEM_CALL && item->tool.is_custom;
    json_object_open(w);
    json_c_member(w, "id", responses_item_id(voice, item));
    json_c_member(w, "type", is_custom ? "custom_tool_call" : types[item->kind]);
    if (item->kind != ITEM_REASONING)
        json_c_member(w, "status", status_of(fold, item));
    if (item->kind == ITEM_REASONING)
        put_reasoning(w, item);
    else if (item->kind == ITEM_MESSAGE)
        put_message(w, voice, item);
    else
        put_call(w, voice, item);
    json_object_close(w);
}
