/* The events of an item: about it, about a part of it, and those that end it. */
#include "responses_door.h"

void responses_tell_item(struct voice *voice, const char *type, const struct item *item)
{
    struct json_writer *w = responses_event(voice, type);
    json_integer_member(w, "output_index", item->index);
    json_key(w, "item");
    responses_put_item(w, voice, item);
    responses_event_end(voice, w);
}

struct json_writer *responses_about(struct voice *voice, const char *type, const struct item *item,
                                    const char *part_name, int part)
{
    struct json_writer *w = responses_event(voice, type);
    json_c_member(w, "item_id", responses_item_id(voice, item));
    json_integer_member(w, "output_index", item->index);
    if (part_name)
        json_integer_member(w, part_name, part);
    return w;
}

void responses_tell_text(struct voice *voice, const char *type, const struct item *item,
                         const char *part_name, int part, const char *member, struct str text)
{
    struct json_writer *w = responses_about(voice, type, item, part_name, part);
    json_text_member(w, member, text);
    responses_event_end(voice, w);
}

void responses_tell_summary(struct voice *voice, const char *type, const struct item *item)
{
    struct json_writer *w = responses_about(voice, type, item, "summary_index", 0);
    json_key(w, "part");
    json_object_open(w);
    json_c_member(w, "type", "summary_text");
    json_text_member(w, "text", text_str(&item->text));
    json_object_close(w);
    responses_event_end(voice, w);
}

static void close_reasoning(struct voice *voice, struct item *item)
{
    responses_tell_text(voice, "response.reasoning_summary_text.done", item, "summary_index", 0,
                        "text", text_str(&item->text));
    responses_tell_summary(voice, "response.reasoning_summary_part.done", item);
}

void responses_tell_part(struct voice *voice, const char *type, const struct item *item, int part)
{
    struct json_writer *w = responses_about(voice, type, item, "content_index", part);
    json_key(w, "part");
    responses_put_part(w, voice, item, part);
    responses_event_end(voice, w);
}

static void close_message(struct voice *voice, struct item *item)
{
    for (int part = 0; part < item->parts; part++) {
        bool is_text = part == item->text_at;
        struct json_writer *w =
            responses_about(voice, is_text ? "response.output_text.done" : "response.refusal.done",
                            item, "content_index", part);
        if (is_text)
            json_raw_member(w, "logprobs", responses_logprobs(voice, item));
        json_text_member(w, is_text ? "text" : "refusal",
                         text_str(is_text ? &item->text : &item->refusal));
        responses_event_end(voice, w);
        responses_tell_part(voice, "response.content_part.done", item, part);
    }
}

static void close_call(struct voice *voice, struct item *item)
{
    struct fold *fold = voice->state;
    if (item->tool.is_custom) {
        struct str input = responses_custom_input(fold->scratch, text_str(&item->text));
        responses_tell_text(voice, "response.custom_tool_call_input.delta", item, NULL, 0, "delta",
                            input);
        responses_tell_text(voice, "response.custom_tool_call_input.done", item, NULL, 0, "input",
                            input);
        return;
    }
    if (!item->text.len) { /* clients parse what they are given */
        text_add_c(&item->text, "{}");
        responses_tell_text(voice, "response.function_call_arguments.delta", item, NULL, 0, "delta",
                            STR("{}"));
    }
    responses_tell_text(voice, "response.function_call_arguments.done", item, NULL, 0, "arguments",
                        text_str(&item->text));
}

void responses_close_item(struct voice *voice, struct item *item)
{
    if (item->kind == ITEM_REASONING)
        close_reasoning(voice, item);
    else if (item->kind == ITEM_MESSAGE)
        close_message(voice, item);
    else
        close_call(voice, item);
    item->is_done = true;
    responses_tell_item(voice, "response.output_item.done", item);
}
