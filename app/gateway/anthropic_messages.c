/* A conversation as Anthropic's Messages want it: the system's words apart, tool results as a
 * user's blocks, and no empty text anywhere. */
#include "anthropic.h"

#include "asked.h"

static void put_text_block(struct json_writer *w, struct str text)
{
    json_object_open(w);
    json_c_member(w, "type", "text");
    json_text_member(w, "text", text);
    json_object_close(w);
}

static int put_source(struct json_writer *w, const struct asked_message *m,
                      const struct asked_part *part, struct error *err)
{
    struct str media, data;
    bool embedded = asked_data_url(part->text, &media, &data);
    if (!embedded && !(part->kind == ASKED_IMAGE &&
                       (str_starts(part->text, "https://") || str_starts(part->text, "http://"))))
        return asked_refuse_part(m, "an image or file that is no data: URL", err);
    json_object_open(w);
    json_c_member(w, "type", part->kind == ASKED_IMAGE ? "image" : "document");
    json_key(w, "source");
    json_object_open(w);
    json_c_member(w, "type", embedded ? "base64" : "url");
    if (embedded) {
        json_text_member(w, "media_type", media);
        json_text_member(w, "data", data);
    } else {
        json_text_member(w, "url", part->text);
    }
    json_object_close(w);
    json_object_close(w);
    return 0;
}

static int put_blocks(struct json_writer *w, const struct asked_message *m, struct error *err)
{
    for (size_t i = 0; i < m->part_count; i++) {
        if (m->parts[i].kind == ASKED_TEXT)
            put_text_block(w, m->parts[i].text);
        else if (put_source(w, m, &m->parts[i], err) != 0)
            return -1;
    }
    return 0;
}

static int put_content(struct json_writer *w, const struct asked_message *m, struct error *err)
{
    json_key(w, "content");
    if (m->is_text && m->part_count) {
        json_put_text(w, m->parts[0].text);
        return 0;
    }
    json_array_open(w);
    if (put_blocks(w, m, err) != 0)
        return -1;
    json_array_close(w);
    return 0;
}

static int put_user(struct json_writer *w, const struct asked_message *m, struct error *err)
{
    if (!m->part_count)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_messages", "messages",
                          "messages[%zu] is empty, which this model's provider does not take.",
                          m->index);
    json_object_open(w);
    json_c_member(w, "role", "user");
    if (put_content(w, m, err) != 0)
        return -1;
    json_object_close(w);
    return 0;
}

static int put_call(struct json_writer *w, const struct asked_message *m,
                    const struct asked_call *call, struct arena *arena, struct error *err)
{
    struct str input;
    if (asked_arguments(m, call, arena, &input, err) != 0)
        return -1;
    json_object_open(w);
    json_c_member(w, "type", "tool_use");
    json_text_member(w, "id", call->id);
    json_text_member(w, "name", call->name);
    json_raw_member(w, "input", input);
    json_object_close(w);
    return 0;
}

/* The last text of a conversation must not end in a blank. */
static void trim_last(struct asked_message *m)
{
    struct str *text = m->part_count ? &m->parts[m->part_count - 1].text : NULL;
    while (text && text->len && strchr(" \t\r\n", text->at[text->len - 1]))
        text->len--;
    if (text && !text->len)
        m->part_count--;
}

static int put_assistant(struct json_writer *w, const struct asked_message *m, struct arena *arena,
                         struct error *err)
{
    if (!m->part_count && !m->call_count)
        return 0;
    json_object_open(w);
    json_c_member(w, "role", "assistant");
    if (!m->call_count) {
        if (put_content(w, m, err) != 0)
            return -1;
        json_object_close(w);
        return 0;
    }
    json_key(w, "content");
    json_array_open(w);
    if (put_blocks(w, m, err) != 0)
        return -1;
    for (size_t i = 0; i < m->call_count; i++) {
        if (put_call(w, m, &m->calls[i], arena, err) != 0)
            return -1;
    }
    json_array_close(w);
    json_object_close(w);
    return 0;
}

static bool is_tool(const struct asked_message *m)
{
    return strcmp(m->role, "tool") == 0;
}

/* Results that follow each other are one message; returns how many there were. */
static int put_results(struct json_writer *w, const struct asked_message *messages, size_t count,
                       size_t *taken_out, struct error *err)
{
    size_t n = 0;
    json_object_open(w);
    json_c_member(w, "role", "user");
    json_key(w, "content");
    json_array_open(w);
    for (; n < count && is_tool(&messages[n]); n++) {
        json_object_open(w);
        json_c_member(w, "type", "tool_result");
        json_text_member(w, "tool_use_id", messages[n].answered->id);
        if (messages[n].part_count && put_content(w, &messages[n], err) != 0)
            return -1;
        json_object_close(w);
    }
    json_array_close(w);
    json_object_close(w);
    *taken_out = n;
    return 0;
}

static int put_message(struct json_writer *w, const struct asked_message *m, size_t left,
                       struct arena *arena, size_t *taken_out, struct error *err)
{
    *taken_out = 1;
    if (asked_is_system(m))
        return 0;
    if (is_tool(m))
        return put_results(w, m, left, taken_out, err);
    return strcmp(m->role, "assistant") == 0 ? put_assistant(w, m, arena, err)
                                             : put_user(w, m, err);
}

/* There is no way but words to ask for any JSON object. */
static void put_system(struct json_writer *w, struct str rules, bool wants_json)
{
    static const char words[] = "Answer with one JSON object and nothing else.";
    if (wants_json && rules.at) {
        json_key(w, "system");
        json_array_open(w);
        put_text_block(w, rules);
        put_text_block(w, STR(words));
        json_array_close(w);
    } else if (wants_json || rules.at) {
        json_text_member(w, "system", rules.at ? rules : STR(words));
    }
}

int anthropic_put_messages(struct json_writer *w, const struct completion *completion,
                           bool wants_json, struct arena *arena, struct error *err)
{
    size_t count = completion->message_count, taken = 0;
    struct asked_message *messages;
    struct str rules;
    if (asked_messages(completion, arena, &messages, err) != 0 ||
        asked_system(messages, count, arena, &rules, err) != 0)
        return -1;
    put_system(w, rules, wants_json);
    if (count && strcmp(messages[count - 1].role, "assistant") == 0)
        trim_last(&messages[count - 1]);
    json_key(w, "messages");
    json_array_open(w);
    for (size_t i = 0; i < count; i += taken) {
        if (put_message(w, &messages[i], count - i, arena, &taken, err) != 0)
            return -1;
    }
    json_array_close(w);
    return 0;
}
