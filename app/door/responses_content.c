/* What a message or a tool's result holds: text, images, files, under a chat's names. */
#include "responses_door.h"

#include "base/codec.h"

/* The content that is being written, and where it stands in the client's body. */
struct filling {
    struct json_writer *w;
    const char *place;
    struct error *err;
};

__attribute__((format(printf, 3, 4))) static int bad(const struct filling *f, const char *code,
                                                     const char *format, ...)
{
    char words[160];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return fail_param(f->err, ERROR_BAD_REQUEST, code, f->place, "%s %s", f->place, words);
}

static int put_image(struct filling *f, const struct json *part)
{
    const struct json *url = json_member(part, "image_url"), *detail = json_member(part, "detail");
    if (!json_text(url).len)
        return bad(f, "unsupported_value",
                   "holds an image without image_url; files cannot be stored here.");
    json_c_member(f->w, "type", "image_url");
    json_key(f->w, "image_url");
    json_object_open(f->w);
    json_text_member(f->w, "url", url->text);
    if (json_text(detail).len)
        json_text_member(f->w, "detail", detail->text);
    json_object_close(f->w);
    return 0;
}

static int put_file(struct filling *f, const struct json *part)
{
    const struct json *data = json_member(part, "file_data"), *name = json_member(part, "filename");
    if (!json_text(data).len)
        return bad(f, "unsupported_value",
                   "holds a file without file_data; files cannot be stored or fetched here.");
    json_c_member(f->w, "type", "file");
    json_key(f->w, "file");
    json_object_open(f->w);
    if (json_text(name).len)
        json_text_member(f->w, "filename", name->text);
    json_text_member(f->w, "file_data", data->text);
    json_object_close(f->w);
    return 0;
}

static bool is_text(struct str type)
{
    return str_is(type, "input_text") || str_is(type, "output_text") || str_is(type, "text");
}

static int put_known_part(struct filling *f, const struct json *part, struct str type)
{
    const struct json *refusal = json_member(part, "refusal"), *text = json_member(part, "text");
    if (str_is(type, "input_image"))
        return put_image(f, part);
    if (str_is(type, "input_file"))
        return put_file(f, part);
    if (str_is(type, "refusal") && json_text(refusal).at) {
        json_c_member(f->w, "type", "refusal");
        json_text_member(f->w, "refusal", refusal->text);
        return 0;
    }
    if (!is_text(type))
        return bad(f, "unsupported_value", "holds a part of type %.*s.",
                   STR_ARGS(utf8_cut(type, 40)));
    if (!json_text(text).at)
        return bad(f, "invalid_type", "holds a text part whose text is no string.");
    json_c_member(f->w, "type", "text");
    json_text_member(f->w, "text", text->text);
    return 0;
}

static int put_part(struct filling *f, const struct json *part)
{
    struct str type = json_text(json_member(part, "type"));
    if (!type.at)
        return bad(f, "invalid_type", "holds a part that has no type.");
    json_object_open(f->w);
    int status = put_known_part(f, part, type);
    json_object_close(f->w);
    return status;
}

/* One text is written as a string: what most messages are, and every provider takes. */
int responses_put_content(struct json_writer *w, const char *place, const struct json *content,
                          struct error *err)
{
    struct filling filling = { w, place, err }, *f = &filling;
    const struct json *only = content && content->count == 1 ? content->children : NULL;
    int status = 0;
    json_key(f->w, "content");
    if (content && content->type == JSON_STRING) {
        json_put_text(f->w, content->text);
        return 0;
    }
    if (!content || content->type != JSON_ARRAY || !content->count) {
        json_put_null(f->w);
        return bad(f, "invalid_type", "must be a string or a list of parts.");
    }
    if (is_text(json_text(json_member(only, "type"))) && json_text(json_member(only, "text")).at) {
        json_put_text(f->w, json_member(only, "text")->text);
        return 0;
    }
    json_array_open(f->w);
    for (const struct json *part = content->children; part && status == 0; part = part->next)
        status = put_part(f, part);
    json_array_close(f->w);
    return status;
}
