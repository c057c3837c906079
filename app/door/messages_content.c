/* Anthropic's system and messages as a chat completion's messages. */
#include "messages.h"

static const char *const pictures[] = { "image", NULL };
/* What the model thought is the model's own: who needs it again gets it from its provider. */
static const char *const not_text[] = { "tool_use", "thinking", "redacted_thinking", NULL };

static void put_message(struct translation *t, const char *role, struct str content)
{
    json_object_open(t->w);
    json_c_member(t->w, "role", role);
    json_text_member(t->w, "content", content);
    json_object_close(t->w);
}

static int put_system(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *given = json_member(body, "system");
    struct place place = place_in(NULL, "system");
    struct str rules;
    if (!json_is_set(given))
        return 0;
    if (blocks_join(t, given, &place, "\n", NULL, &rules, err) != 0)
        return -1;
    if (rules.len)
        put_message(t, "system", rules);
    return 0;
}

static struct place block_at(const struct place *message, size_t i)
{
    return place_of("%.60s.content[%zu]", message->text, i);
}

static bool is_of(const struct json *block, const char *type)
{
    return str_is(json_text(json_member(block, "type")), type);
}

/* ---- the assistant's ---- */

static int put_call(struct translation *t, const struct json *block, const struct place *at,
                    struct error *err)
{
    const struct json *id, *name, *input;
    if (member_needed(block, at, "id", JSON_STRING, &id, err) != 0 ||
        member_needed(block, at, "name", JSON_STRING, &name, err) != 0 ||
        member_needed(block, at, "input", JSON_OBJECT, &input, err) != 0)
        return -1;
    json_object_open(t->w);
    json_text_member(t->w, "id", id->text);
    json_c_member(t->w, "type", "function");
    json_key(t->w, "function");
    json_object_open(t->w);
    json_text_member(t->w, "name", name->text);
    json_text_member(t->w, "arguments", input->raw);
    json_object_close(t->w);
    json_object_close(t->w);
    return 0;
}

static bool has_calls(const struct json *content)
{
    for (const struct json *b = content->children; b; b = b->next)
        if (is_of(b, "tool_use"))
            return true;
    return false;
}

static int put_calls(struct translation *t, const struct json *content, const struct place *message,
                     struct error *err)
{
    size_t i = 0, calls = 0;
    for (const struct json *b = content->children; b; b = b->next, i++) {
        struct place at = block_at(message, i);
        if (!is_of(b, "tool_use"))
            continue;
        if (!calls++) {
            json_key(t->w, "tool_calls");
            json_array_open(t->w);
        }
        if (put_call(t, b, &at, err) != 0)
            return -1;
    }
    if (calls)
        json_array_close(t->w);
    return 0;
}

static int put_assistant(struct translation *t, const struct json *content,
                         const struct place *message, struct error *err)
{
    struct place place = place_in(message, "content");
    struct str words;
    if (blocks_join(t, content, &place, "", not_text, &words, err) != 0)
        return -1;
    json_object_open(t->w);
    json_c_member(t->w, "role", "assistant");
    json_text_member(t->w, "content", words.at || has_calls(content) ? words : STR(""));
    if (put_calls(t, content, message, err) != 0)
        return -1;
    json_object_close(t->w);
    return 0;
}

/* ---- the person's ---- */

static bool calls(const struct json *assistant_or_null, struct str id)
{
    const struct json *content = json_member(assistant_or_null, "content");
    for (const struct json *b = content ? content->children : NULL; b; b = b->next)
        if (is_of(b, "tool_use") && str_equal(json_text(json_member(b, "id")), id))
            return true;
    return false;
}

/* OpenAI has no mark for a tool that failed: the words say it. */
static int put_result(struct translation *t, const struct json *block, const struct json *before,
                      const struct place *at, struct error *err)
{
    const struct json *id, *failed, *content = json_member(block, "content");
    struct place at_id = place_in(at, "tool_use_id"), place = place_in(at, "content");
    struct str words = { 0 };
    if (member_needed(block, at, "tool_use_id", JSON_STRING, &id, err) != 0 ||
        member_of(block, at, "is_error", JSON_BOOL, &failed, err) != 0)
        return -1;
    if (!calls(before, id->text))
        return refuse_at(&at_id, "invalid_value", "names no tool_use of the answer before", err);
    if (json_is_set(content) && blocks_join(t, content, &place, "\n", pictures, &words, err) != 0)
        return -1;
    if (failed && failed->boolean) {
        char *marked = arena_try(t->arena, words.len + 8);
        if (!marked)
            return fail(err, ERROR_TOO_LARGE, "request_too_large", "The request is too large.");
        memcpy(marked, "Error: ", 7);
        memcpy(marked + 7, words.len ? words.at : "", words.len);
        words = (struct str){ marked, words.len + 7 };
    }
    json_object_open(t->w);
    json_c_member(t->w, "role", "tool");
    json_text_member(t->w, "tool_call_id", id->text);
    json_text_member(t->w, "content", words.at ? words : STR(""));
    json_object_close(t->w);
    return 0;
}

static int put_results(struct translation *t, const struct json *content, const struct json *before,
                       const struct place *message, struct error *err)
{
    size_t i = 0;
    for (const struct json *b = content->children; b; b = b->next, i++) {
        struct place at = block_at(message, i);
        if (is_of(b, "tool_result") && put_result(t, b, before, &at, err) != 0)
            return -1;
    }
    return 0;
}

/* A tool's message takes no pictures: they come in the person's, behind it. */
static int put_result_pictures(struct translation *t, const struct json *block,
                               const struct place *at, struct error *err)
{
    const struct json *content = json_member(block, "content");
    size_t i = 0;
    for (const struct json *b = content ? content->children : NULL; b; b = b->next, i++) {
        struct place place = place_of("%.80s.content[%zu]", at->text, i);
        if (is_of(b, "image") && block_put_part(t, b, &place, err) != 0)
            return -1;
    }
    return 0;
}

static size_t parts_of(const struct json *content)
{
    size_t parts = 0;
    for (const struct json *b = content->children; b; b = b->next) {
        const struct json *inner = is_of(b, "tool_result") ? json_member(b, "content") : NULL;
        parts += !is_of(b, "tool_result");
        for (const struct json *p = inner ? inner->children : NULL; p; p = p->next)
            parts += is_of(p, "image");
    }
    return parts;
}

static int put_parts(struct translation *t, const struct json *content, const struct place *message,
                     struct error *err)
{
    size_t i = 0;
    json_object_open(t->w);
    json_c_member(t->w, "role", "user");
    json_key(t->w, "content");
    json_array_open(t->w);
    for (const struct json *b = content->children; b; b = b->next, i++) {
        struct place at = block_at(message, i);
        if (is_of(b, "tool_result") ? put_result_pictures(t, b, &at, err) != 0
                                    : block_put_part(t, b, &at, err) != 0)
            return -1;
    }
    json_array_close(t->w);
    json_object_close(t->w);
    return 0;
}

static int put_person(struct translation *t, const struct json *content, const struct json *before,
                      const struct place *message, struct error *err)
{
    struct place place = place_in(message, "content");
    if (content->type == JSON_STRING) {
        put_message(t, "user", content->text);
        return 0;
    }
    if (content->type != JSON_ARRAY)
        return refuse_type(&place, "a string or an array of blocks", err);
    if (!content->count)
        return refuse_at(&place, "invalid_value", "must not be empty", err);
    if (put_results(t, content, before, message, err) != 0)
        return -1;
    return parts_of(content) ? put_parts(t, content, message, err) : 0;
}

static int put_one(struct translation *t, const struct json *message, const struct json *before,
                   const struct place *at, struct error *err)
{
    const struct json *role, *content = json_member(message, "content");
    struct place at_role = place_in(at, "role"), place = place_in(at, "content");
    if (message->type != JSON_OBJECT)
        return refuse_type(at, "an object", err);
    if (member_needed(message, at, "role", JSON_STRING, &role, err) != 0)
        return -1;
    if (!json_is_set(content))
        return refuse_at(&place, "missing_field", "is missing", err);
    if (str_is(role->text, "assistant"))
        return put_assistant(t, content, at, err);
    if (str_is(role->text, "user"))
        return put_person(t, content, before, at, err);
    return refuse_at(&at_role, "invalid_value", "must be user or assistant; rules belong in system",
                     err);
}

int messages_put(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *messages, *before = NULL;
    struct place place = place_in(NULL, "messages");
    size_t i = 0;
    if (member_needed(body, NULL, "messages", JSON_ARRAY, &messages, err) != 0)
        return -1;
    if (!messages->count)
        return refuse_at(&place, "invalid_messages", "must hold at least one message", err);
    json_key(t->w, "messages");
    json_array_open(t->w);
    if (put_system(t, body, err) != 0)
        return -1;
    for (const struct json *m = messages->children; m; m = m->next) {
        struct place at = place_of("messages[%zu]", i++);
        if (put_one(t, m, before, &at, err) != 0)
            return -1;
        if (str_is(json_text(json_member(m, "role")), "assistant"))
            before = m;
    }
    json_array_close(t->w);
    return 0;
}
