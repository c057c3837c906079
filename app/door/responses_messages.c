/* A response's input as a chat's messages: calls that follow each other, and the words before them,
 * are one message there, as every provider wants them. */
#include "responses_door.h"

#include "base/codec.h"

/* The list that is being written. */
struct telling {
    struct json_writer *w;
    const struct json *input;
    bool is_continued;       /* calls may be in what was said before */
    bool is_open, has_calls; /* the last message: an assistant's, to which calls can be added */
    struct error *err;
};

__attribute__((format(printf, 5, 6))) static int
bad(struct telling *t, size_t item, const char *member, const char *code, const char *format, ...)
{
    char param[96], words[160];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    snprintf(param, sizeof param, "input[%zu]%s", item, member);
    return fail_param(t->err, ERROR_BAD_REQUEST, code, param, "%s %s", param, words);
}

static void close_message(struct telling *t)
{
    if (t->has_calls)
        json_array_close(t->w);
    if (t->is_open)
        json_object_close(t->w);
    t->is_open = t->has_calls = false;
}

static int put_content(struct telling *t, size_t item, const char *member,
                       const struct json *content)
{
    char place[96];
    snprintf(place, sizeof place, "input[%zu].%s", item, member);
    return responses_put_content(t->w, place, content, t->err);
}

/* ---- items ---- */

static int put_message(struct telling *t, size_t i, const struct json *item)
{
    static const char *const roles[] = { "user", "assistant", "system", "developer", NULL };
    struct str role = json_text(json_member(item, "role"));
    const char *const *known = roles;
    while (*known && !str_is(role, *known))
        known++;
    if (!*known)
        return bad(t, i, ".role", "invalid_value", "must be user, assistant, system or developer.");
    close_message(t);
    json_object_open(t->w);
    json_c_member(t->w, "role", *known);
    int status = put_content(t, i, "content", json_member(item, "content"));
    t->is_open = true;
    if (strcmp(*known, "assistant") != 0)
        close_message(t);
    return status;
}

static int text_of(struct telling *t, size_t i, const struct json *item, const char *member,
                   struct str *out)
{
    char place[40];
    *out = json_text(json_member(item, member));
    if (out->at)
        return 0;
    snprintf(place, sizeof place, ".%s", member);
    return bad(t, i, place, "invalid_type", "must be a string.");
}

/* A custom tool's input is the one argument of the function that stands for it. */
static void put_arguments(struct telling *t, bool is_custom, struct str text)
{
    if (!is_custom) {
        json_text_member(t->w, "arguments", text.len ? text : STR("{}"));
        return;
    }
    struct arena *arena = arena_new(4096);
    struct text json = text_make(2 * text.len + 64 + 6 * text.len);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_text_member(w, "input", text);
    json_object_close(w);
    json_text_member(t->w, "arguments", text_str(&json));
    text_free(&json);
    arena_free(&arena);
}

static void open_calls(struct telling *t)
{
    if (!t->is_open) {
        json_object_open(t->w);
        json_c_member(t->w, "role", "assistant");
        json_key(t->w, "content");
        json_put_null(t->w);
    }
    if (!t->has_calls) {
        json_key(t->w, "tool_calls");
        json_array_open(t->w);
    }
    t->is_open = t->has_calls = true;
}

static int put_call(struct telling *t, size_t i, const struct json *item, bool is_custom)
{
    struct str id, name, text;
    if (text_of(t, i, item, "call_id", &id) < 0 || text_of(t, i, item, "name", &name) < 0 ||
        text_of(t, i, item, is_custom ? "input" : "arguments", &text) < 0)
        return -1;
    struct arena *arena = arena_new(1 << 16);
    struct str within = json_text(json_member(item, "namespace"));
    if (name.len + within.len > 1024) {
        arena_free(&arena);
        return bad(t, i, ".name", "invalid_value", "is too long.");
    }
    open_calls(t);
    json_object_open(t->w);
    json_text_member(t->w, "id", id);
    json_c_member(t->w, "type", "function");
    json_key(t->w, "function");
    json_object_open(t->w);
    json_text_member(t->w, "name", responses_tool_name(arena, within, name));
    put_arguments(t, is_custom, text);
    json_object_close(t->w);
    json_object_close(t->w);
    arena_free(&arena);
    return 0;
}

static bool was_called(const struct telling *t, const struct json *result, struct str id)
{
    for (const struct json *item = t->input->children; item != result; item = item->next)
        if (str_equal(json_text(json_member(item, "call_id")), id))
            return true;
    return t->is_continued;
}

static int put_result(struct telling *t, size_t i, const struct json *item)
{
    struct str id;
    if (text_of(t, i, item, "call_id", &id) < 0)
        return -1;
    if (!was_called(t, item, id))
        return bad(t, i, ".call_id", "invalid_value", "answers a call that nobody made.");
    close_message(t);
    json_object_open(t->w);
    json_c_member(t->w, "role", "tool");
    json_text_member(t->w, "tool_call_id", id);
    int status = put_content(t, i, "output", json_member(item, "output"));
    json_object_close(t->w);
    return status;
}

static int put_item(struct telling *t, size_t i, const struct json *item)
{
    struct str type = json_text(json_member(item, "type"));
    if (str_is(type, "message") || (!type.at && json_member(item, "role")))
        return put_message(t, i, item);
    if (str_is(type, "function_call") || str_is(type, "custom_tool_call"))
        return put_call(t, i, item, str_is(type, "custom_tool_call"));
    if (str_is(type, "function_call_output") || str_is(type, "custom_tool_call_output"))
        return put_result(t, i, item);
    if (str_is(type, "reasoning")) /* a chat has no place for it; what it led to follows */
        return 0;
    if (!type.at)
        return bad(t, i, ".type", "invalid_type", "must be a string.");
    return bad(t, i, ".type", "unsupported_value", "is of a kind that is not taken here: %.*s.",
               STR_ARGS(utf8_cut(type, 40)));
}

static int put_input(struct telling *t)
{
    size_t i = 0;
    int status = 0;
    const struct json *input = t->input;
    if (json_text(input).len) {
        json_object_open(t->w);
        json_c_member(t->w, "role", "user");
        json_text_member(t->w, "content", input->text);
        json_object_close(t->w);
        return 0;
    }
    if (!input || input->type != JSON_ARRAY || !input->count)
        return fail_param(t->err, ERROR_BAD_REQUEST, "invalid_type", "input",
                          "input must be a text, or a list of items, and not empty.");
    for (const struct json *item = input->children; item && status == 0; item = item->next)
        status = put_item(t, i++, item);
    close_message(t);
    return status;
}

int responses_put_messages(struct json_writer *w, const struct json *body, struct error *err)
{
    struct telling t = { .w = w,
                         .input = json_member(body, "input"),
                         .is_continued = json_is_set(json_member(body, "previous_response_id")),
                         .err = err };
    const struct json *instructions = json_member(body, "instructions");
    if (json_is_set(instructions) && instructions->type != JSON_STRING)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", "instructions",
                          "instructions must be a string.");
    json_key(w, "messages");
    json_array_open(w);
    if (json_text(instructions).len) {
        json_object_open(w);
        json_c_member(w, "role", "system");
        json_text_member(w, "content", instructions->text);
        json_object_close(w);
    }
    int status = put_input(&t);
    json_array_close(w);
    return status;
}
