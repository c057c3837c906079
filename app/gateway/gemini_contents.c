/* A conversation as Gemini wants it: the system's words apart, neighbours of one role merged, tool
 * results as objects that a user brings. */
#include "gemini.h"

#include "asked.h"

static void put_text_part(struct json_writer *w, struct str text)
{
    json_object_open(w);
    json_text_member(w, "text", text);
    json_object_close(w);
}

static int put_part(struct json_writer *w, const struct asked_message *m,
                    const struct asked_part *part, struct error *err)
{
    struct str media, data;
    if (part->kind == ASKED_TEXT) {
        put_text_part(w, part->text);
        return 0;
    }
    if (!asked_data_url(part->text, &media, &data))
        return asked_refuse_part(m, "an image or file that is no data: URL", err);
    json_object_open(w);
    json_key(w, "inlineData");
    json_object_open(w);
    json_text_member(w, "mimeType", media);
    json_text_member(w, "data", data);
    json_object_close(w);
    json_object_close(w);
    return 0;
}

/* Few clients of OpenAI's protocol hand a signature back; for the others there is Google's own way
 * out. */
static int put_call(struct json_writer *w, const struct asked_message *m,
                    const struct asked_call *call, bool signs, struct arena *arena,
                    struct error *err)
{
    struct str arguments;
    if (asked_arguments(m, call, arena, &arguments, err) != 0)
        return -1;
    json_object_open(w);
    json_key(w, "functionCall");
    json_object_open(w);
    json_text_member(w, "name", call->name);
    json_raw_member(w, "args", arguments);
    json_object_close(w);
    if (call->signature.len)
        json_text_member(w, "thoughtSignature", call->signature);
    else if (signs)
        json_c_member(w, "thoughtSignature", "skip_thought_signature_validator");
    json_object_close(w);
    return 0;
}

/* An object goes as it is, anything else as its member "result". */
static int put_result(struct json_writer *w, const struct asked_message *m, struct arena *arena,
                      struct error *err)
{
    static const struct json_limits limits = { .depth = 100 };
    struct json *root = NULL;
    struct error ignored;
    struct str text;
    if (asked_text(m, "\n", arena, &text, err) != 0)
        return -1;
    bool is_object =
        json_parse(arena, text, &limits, &root, &ignored) == 0 && root->type == JSON_OBJECT;
    json_object_open(w);
    json_key(w, "functionResponse");
    json_object_open(w);
    json_text_member(w, "name", m->answered->name);
    if (is_object) {
        json_raw_member(w, "response", root->raw);
    } else {
        json_key(w, "response");
        json_object_open(w);
        json_text_member(w, "result", text);
        json_object_close(w);
    }
    json_object_close(w);
    json_object_close(w);
    return 0;
}

static bool is_model(const struct asked_message *m)
{
    return strcmp(m->role, "assistant") == 0;
}

static int put_parts(struct json_writer *w, const struct asked_message *m, bool signs,
                     struct arena *arena, struct error *err)
{
    if (strcmp(m->role, "tool") == 0)
        return put_result(w, m, arena, err);
    for (size_t i = 0; i < m->part_count; i++) {
        if (put_part(w, m, &m->parts[i], err) != 0)
            return -1;
    }
    for (size_t i = 0; i < m->call_count; i++) {
        if (put_call(w, m, &m->calls[i], signs, arena, err) != 0)
            return -1;
    }
    return 0;
}

/* What is empty is no message, and what the system says stands elsewhere. */
static bool counts(const struct asked_message *m)
{
    return !asked_is_system(m) && (m->part_count || m->call_count || m->answered);
}

static int put_all(struct json_writer *w, const struct asked_message *messages, size_t count,
                   bool signs, struct arena *arena, struct error *err)
{
    const struct asked_message *open = NULL;
    json_key(w, "contents");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        const struct asked_message *m = &messages[i];
        if (!counts(m))
            continue;
        if (open && is_model(open) != is_model(m)) {
            json_array_close(w);
            json_object_close(w);
            open = NULL;
        }
        if (!open) {
            json_object_open(w);
            json_c_member(w, "role", is_model(m) ? "model" : "user");
            json_key(w, "parts");
            json_array_open(w);
            open = m;
        }
        if (put_parts(w, m, signs, arena, err) != 0)
            return -1;
    }
    if (open) {
        json_array_close(w);
        json_object_close(w);
    }
    json_array_close(w);
    return 0;
}

int gemini_put_contents(struct json_writer *w, const struct completion *completion, bool signs,
                        struct arena *arena, struct error *err)
{
    struct asked_message *messages;
    struct str rules;
    if (asked_messages(completion, arena, &messages, err) != 0 ||
        asked_system(messages, completion->message_count, arena, &rules, err) != 0)
        return -1;
    if (rules.at) {
        json_key(w, "systemInstruction");
        json_object_open(w);
        json_key(w, "parts");
        json_array_open(w);
        put_text_part(w, rules);
        json_array_close(w);
        json_object_close(w);
    }
    return put_all(w, messages, completion->message_count, signs, arena, err);
}
