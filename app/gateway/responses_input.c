/* A conversation as OpenAI's Responses want it: messages, calls and results are items of one list.
 */
#include "responses.h"

#include "asked.h"

static bool is_assistant(const struct asked_message *m)
{
    return strcmp(m->role, "assistant") == 0;
}

static int put_part(struct json_writer *w, const struct asked_message *m,
                    const struct asked_part *part, struct error *err)
{
    if (part->kind == ASKED_FILE)
        return asked_refuse_part(m, "a file", err);
    json_object_open(w);
    if (part->kind == ASKED_IMAGE) {
        json_c_member(w, "type", "input_image");
        json_text_member(w, "image_url", part->text);
        if (part->detail.len)
            json_text_member(w, "detail", part->detail);
    } else {
        json_c_member(w, "type", is_assistant(m) ? "output_text" : "input_text");
        json_text_member(w, "text", part->text);
    }
    json_object_close(w);
    return 0;
}

static int put_message(struct json_writer *w, const struct asked_message *m, struct error *err)
{
    json_object_open(w);
    json_c_member(w, "role", m->role);
    json_key(w, "content");
    if (m->is_text && m->part_count) {
        json_put_text(w, m->parts[0].text);
    } else {
        json_array_open(w);
        for (size_t i = 0; i < m->part_count; i++) {
            if (put_part(w, m, &m->parts[i], err) != 0)
                return -1;
        }
        json_array_close(w);
    }
    json_object_close(w);
    return 0;
}

static void put_call(struct json_writer *w, const struct asked_call *call)
{
    json_object_open(w);
    json_c_member(w, "type", "function_call");
    json_text_member(w, "call_id", call->id);
    json_text_member(w, "name", call->name);
    json_text_member(w, "arguments", call->arguments.len ? call->arguments : STR("{}"));
    json_object_close(w);
}

static int put_result(struct json_writer *w, const struct asked_message *m, struct arena *arena,
                      struct error *err)
{
    struct str text;
    if (asked_text(m, "\n", arena, &text, err) != 0)
        return -1;
    json_object_open(w);
    json_c_member(w, "type", "function_call_output");
    json_text_member(w, "call_id", m->answered->id);
    json_text_member(w, "output", text);
    json_object_close(w);
    return 0;
}

int responses_put_input(struct json_writer *w, const struct completion *completion,
                        struct arena *arena, struct error *err)
{
    struct asked_message *messages;
    if (asked_messages(completion, arena, &messages, err) != 0)
        return -1;
    json_key(w, "input");
    json_array_open(w);
    for (size_t i = 0; i < completion->message_count; i++) {
        const struct asked_message *m = &messages[i];
        bool speaks = m->part_count || !is_assistant(m);
        if (m->answered ? put_result(w, m, arena, err) != 0 : speaks && put_message(w, m, err) != 0)
            return -1;
        for (size_t c = 0; c < m->call_count; c++)
            put_call(w, &m->calls[c]);
    }
    json_array_close(w);
    return 0;
}
