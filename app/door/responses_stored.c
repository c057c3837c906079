/* Stored messages as items of a response's input, for who asks what was asked. */
#include "responses_door.h"

#include "door/responses.h"

/* What is being written, and for which message. */
struct recall {
    struct json_writer *w;
    struct arena *arena;
    const char *digits; /* of the message's id */
    struct str role;
};

static void open_item(struct recall *r, const char *prefix, int number, const char *type)
{
    json_object_open(r->w);
    json_c_member(r->w, "id",
                  number < 0 ? arena_printf(r->arena, "%s_%s", prefix, r->digits)
                             : arena_printf(r->arena, "%s_%s_%d", prefix, r->digits, number));
    json_c_member(r->w, "type", type);
    json_c_member(r->w, "status", "completed");
}

static void put_text(struct recall *r, struct str text)
{
    bool is_answer = str_is(r->role, "assistant");
    json_object_open(r->w);
    json_c_member(r->w, "type", is_answer ? "output_text" : "input_text");
    if (is_answer)
        json_raw_member(r->w, "annotations", STR("[]"));
    json_text_member(r->w, "text", text);
    json_object_close(r->w);
}

/* Members of a part, or of the object within it, under the names that they have here. */
static void put_part(struct recall *r, const struct json *part)
{
    const struct json *image = json_member(part, "image_url"), *file = json_member(part, "file");
    const struct json *text = json_member(part, "text"), *refusal = json_member(part, "refusal");
    if (json_text(text).at) {
        put_text(r, text->text);
        return;
    }
    json_object_open(r->w);
    if (image) {
        const struct json *detail = json_member(image, "detail");
        json_c_member(r->w, "type", "input_image");
        json_text_member(r->w, "image_url", json_text(json_member(image, "url")));
        json_text_member(r->w, "detail", detail ? json_text(detail) : STR("auto"));
    } else if (file) {
        json_c_member(r->w, "type", "input_file");
        json_text_member(r->w, "filename", json_text(json_member(file, "filename")));
        json_text_member(r->w, "file_data", json_text(json_member(file, "file_data")));
    } else {
        json_c_member(r->w, "type", "refusal");
        json_text_member(r->w, "refusal", json_text(refusal));
    }
    json_object_close(r->w);
}

static void put_message(struct recall *r, struct str content, const struct json *object)
{
    const struct json *parts = json_member(object, "content");
    open_item(r, "msg", -1, "message");
    json_text_member(r->w, "role", r->role);
    json_key(r->w, "content");
    json_array_open(r->w);
    if (parts && parts->type == JSON_ARRAY)
        for (const struct json *part = parts->children; part; part = part->next)
            put_part(r, part);
    else
        put_text(r, content);
    json_array_close(r->w);
    json_object_close(r->w);
}

static void put_call(struct recall *r, const struct json *call, int number)
{
    const struct json *function = json_member(call, "function");
    open_item(r, "fc", number, "function_call");
    json_text_member(r->w, "call_id", json_text(json_member(call, "id")));
    json_text_member(r->w, "name", json_text(json_member(function, "name")));
    json_text_member(r->w, "arguments", json_text(json_member(function, "arguments")));
    json_object_close(r->w);
}

static void put_result(struct recall *r, struct str content, const struct json *object)
{
    open_item(r, "fco", -1, "function_call_output");
    json_text_member(r->w, "call_id", json_text(json_member(object, "tool_call_id")));
    json_text_member(r->w, "output", content);
    json_object_close(r->w);
}

void responses_put_stored(struct json_writer *w, struct arena *arena, const char *id,
                          struct str role, struct str content, struct str parts)
{
    struct recall r = { w, arena, strchr(id, '_') + 1, role };
    struct json *object = NULL;
    struct error ignored;
    int number = 0;
    if (parts.len && json_parse(arena, parts, NULL, &object, &ignored) < 0)
        object = NULL;
    if (str_is(role, "tool")) {
        put_result(&r, content, object);
        return;
    }
    const struct json *calls = json_member(object, "tool_calls");
    if (content.len || !calls)
        put_message(&r, content, object);
    for (const struct json *call = calls ? calls->children : NULL; call; call = call->next)
        put_call(&r, call, number++);
}
