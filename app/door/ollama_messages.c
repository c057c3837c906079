/* Ollama's messages as a chat completion's. */
#include "ollama_door.h"

/* A bit for each call of an answer. */
enum { CALLS_OF_ANSWER_MOST = 64 };

/* The calls that wait for their results. */
struct waiting {
    const struct json *calls; /* of the newest answer; NULL: it made none */
    size_t message;           /* which it is */
    uint64_t answered;
};

/* Ollama's pictures do not say what they are; their first bytes do. */
static struct str media_type(struct str base64)
{
    static const struct {
        const char *begins;
        struct str type;
    } types[] = { { "/9j/", STR("image/jpeg") },
                  { "iVBORw0KGgo", STR("image/png") },
                  { "R0lGOD", STR("image/gif") },
                  { "UklGR", STR("image/webp") } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_starts(base64, types[i].begins))
            return types[i].type;
    return (struct str){ 0 };
}

static int put_image(struct translation *t, const struct json *image, const struct place *at,
                     struct error *err)
{
    struct str type = media_type(json_text(image));
    if (!type.at)
        return refuse_at(at, "invalid_value", "must be a JPEG, PNG, GIF or WebP in base64", err);
    struct str url = data_url(t->arena, type, image->text);
    if (!url.at)
        return fail(err, ERROR_TOO_LARGE, "request_too_large", "The request is too large.");
    put_image_part(t->w, url);
    return 0;
}

static int put_parts(struct translation *t, struct str words, const struct json *images,
                     const struct place *at, struct error *err)
{
    size_t i = 0;
    json_array_open(t->w);
    if (words.len)
        put_text_part(t->w, words);
    for (const struct json *image = images->children; image; image = image->next) {
        struct place place = place_of("%.80s[%zu]", at->text, i++);
        if (put_image(t, image, &place, err) != 0)
            return -1;
    }
    json_array_close(t->w);
    return 0;
}

int ollama_put_message(struct translation *t, const char *role, struct str words,
                       const struct json *images_or_null, const struct place *at, struct error *err)
{
    json_object_open(t->w);
    json_c_member(t->w, "role", role);
    json_key(t->w, "content");
    if (!images_or_null || !images_or_null->count)
        json_put_text(t->w, words);
    else if (put_parts(t, words, images_or_null, at, err) != 0)
        return -1;
    json_object_close(t->w);
    return 0;
}

/* ---- calls and their results ---- */

static struct str id_of(struct translation *t, const struct json *call, size_t message, size_t i)
{
    struct str id = json_text(json_member(call, "id"));
    return id.len ? id : str_of(arena_printf(t->arena, "call_%zu_%zu", message, i));
}

static int put_call(struct translation *t, const struct json *call, struct str id,
                    const struct place *at, struct error *err)
{
    const struct json *function, *name;
    struct place inner = place_in(at, "function"), place = place_in(&inner, "arguments");
    if (member_needed(call, at, "function", JSON_OBJECT, &function, err) != 0 ||
        member_needed(function, &inner, "name", JSON_STRING, &name, err) != 0)
        return -1;
    const struct json *arguments = json_member(function, "arguments");
    if (json_is_set(arguments) && arguments->type != JSON_OBJECT && arguments->type != JSON_STRING)
        return refuse_type(&place, "an object", err);
    struct str given = call_arguments(call);
    json_object_open(t->w);
    json_text_member(t->w, "id", id);
    json_c_member(t->w, "type", "function");
    json_key(t->w, "function");
    json_object_open(t->w);
    json_text_member(t->w, "name", name->text);
    json_text_member(t->w, "arguments", given.len ? given : STR("{}"));
    json_object_close(t->w);
    json_object_close(t->w);
    return 0;
}

static int put_calls(struct translation *t, const struct waiting *waiting, const struct place *at,
                     struct error *err)
{
    size_t i = 0;
    json_key(t->w, "tool_calls");
    json_array_open(t->w);
    for (const struct json *call = waiting->calls->children; call; call = call->next, i++) {
        struct place place = place_of("%.60s.tool_calls[%zu]", at->text, i);
        if (put_call(t, call, id_of(t, call, waiting->message, i), &place, err) != 0)
            return -1;
    }
    json_array_close(t->w);
    return 0;
}

static int put_assistant(struct translation *t, const struct json *message, struct str words,
                         struct waiting *waiting, const struct place *at, struct error *err)
{
    struct place place = place_in(at, "tool_calls");
    if (member_of(message, at, "tool_calls", JSON_ARRAY, &waiting->calls, err) != 0)
        return -1;
    bool calls = waiting->calls && waiting->calls->count;
    waiting->answered = 0;
    if (calls && waiting->calls->count > CALLS_OF_ANSWER_MOST)
        return refuse_at(&place, "invalid_value", "holds too many calls", err);
    if (calls && !words.len)
        words = (struct str){ 0 };
    json_object_open(t->w);
    json_c_member(t->w, "role", "assistant");
    json_text_member(t->w, "content", words);
    if (calls && put_calls(t, waiting, at, err) != 0)
        return -1;
    json_object_close(t->w);
    return 0;
}

static bool is_answered(const struct waiting *waiting, size_t i)
{
    return waiting->answered >> i & 1;
}

/* By the call's id, else the first of the tool's name that has no result yet, else the first at
 * all. */
static struct str call_answered(struct translation *t, struct waiting *waiting, struct str id,
                                struct str name)
{
    size_t i = 0;
    const struct json *calls = waiting->calls;
    for (const struct json *call = calls ? calls->children : NULL; call; call = call->next, i++) {
        struct str its = id_of(t, call, waiting->message, i);
        bool of_name = !name.len || str_equal(call_name(call), name);
        if (id.len ? !str_equal(its, id) : is_answered(waiting, i) || !of_name)
            continue;
        waiting->answered |= UINT64_C(1) << i;
        return its;
    }
    return (struct str){ 0 };
}

static int put_result(struct translation *t, const struct json *message, struct str words,
                      struct waiting *waiting, const struct place *at, struct error *err)
{
    const struct json *id, *name;
    if (member_of(message, at, "tool_call_id", JSON_STRING, &id, err) != 0 ||
        member_of(message, at, "tool_name", JSON_STRING, &name, err) != 0)
        return -1;
    struct str call = call_answered(t, waiting, json_text(id), json_text(name));
    if (!call.at)
        return refuse_at(at, "invalid_value", "answers no tool call of the answer before", err);
    json_object_open(t->w);
    json_c_member(t->w, "role", "tool");
    json_text_member(t->w, "tool_call_id", call);
    json_text_member(t->w, "content", words);
    json_object_close(t->w);
    return 0;
}

static int put_one(struct translation *t, const struct json *message, struct waiting *waiting,
                   const struct place *at, struct error *err)
{
    const struct json *role, *content, *images;
    struct place at_role = place_in(at, "role"), at_images = place_in(at, "images");
    if (message->type != JSON_OBJECT)
        return refuse_type(at, "an object", err);
    if (member_needed(message, at, "role", JSON_STRING, &role, err) != 0 ||
        member_of(message, at, "content", JSON_STRING, &content, err) != 0 ||
        member_of(message, at, "images", JSON_ARRAY, &images, err) != 0)
        return -1;
    struct str words = content ? content->text : STR("");
    if (str_is(role->text, "assistant"))
        return put_assistant(t, message, words, waiting, at, err);
    if (str_is(role->text, "tool"))
        return put_result(t, message, words, waiting, at, err);
    bool person = str_is(role->text, "user");
    if (!person && !str_is(role->text, "system"))
        return refuse_at(&at_role, "invalid_value", "must be system, user, assistant or tool", err);
    return ollama_put_message(t, person ? "user" : "system", words, images, &at_images, err);
}

int ollama_put_messages(struct translation *t, const struct json *body, struct error *err)
{
    const struct json *messages;
    struct waiting waiting = { 0 };
    struct place place = place_in(NULL, "messages");
    size_t i = 0;
    if (member_needed(body, NULL, "messages", JSON_ARRAY, &messages, err) != 0)
        return -1;
    if (!messages->count)
        return refuse_at(&place, "invalid_messages", "must hold at least one message", err);
    json_key(t->w, "messages");
    json_array_open(t->w);
    for (const struct json *m = messages->children; m; m = m->next, i++) {
        struct place at = place_of("messages[%zu]", i);
        if (str_is(json_text(json_member(m, "role")), "assistant"))
            waiting.message = i;
        if (put_one(t, m, &waiting, &at, err) != 0)
            return -1;
    }
    json_array_close(t->w);
    return 0;
}
