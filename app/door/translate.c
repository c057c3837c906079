/* Reads a client's body member by member, and writes a chat completion's, for the doors. */
#include "translate.h"

#include <stdio.h>

/* A translation says the same with longer names, and a tool's arguments once more as text. */
enum { GROWTH_MOST = 4, FRAME_BYTES = 65536 };

void translation_open(struct translation *t, struct arena *arena, const struct json *body)
{
    *t = (struct translation){ .arena = arena,
                               .text = text_make(GROWTH_MOST * body->raw.len + FRAME_BYTES) };
    t->w = json_writer_new(arena, &t->text);
    json_object_open(t->w);
}

int translation_close(struct translation *t, int status, struct str *out, struct error *err)
{
    char *copy = NULL;
    if (status == 0)
        json_object_close(t->w);
    if (status == 0 && !t->text.over)
        copy = arena_try(t->arena, t->text.len + 1);
    if (copy) {
        memcpy(copy, text_str(&t->text).at, t->text.len);
        *out = (struct str){ copy, t->text.len };
    } else if (status == 0) {
        status = fail(err, ERROR_TOO_LARGE, "request_too_large", "The request is too large.");
    }
    text_free(&t->text);
    return status;
}

struct place place_of(const char *format, ...)
{
    struct place place;
    va_list args;
    va_start(args, format);
    vsnprintf(place.text, sizeof place.text, format, args);
    va_end(args);
    return place;
}

struct place place_in(const struct place *place_or_null, const char *key)
{
    return place_or_null ? place_of("%.60s.%.30s", place_or_null->text, key)
                         : place_of("%.90s", key);
}

int refuse_at(const struct place *place, const char *code, const char *words, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, code, place->text, "%s %s.", place->text, words);
}

int refuse_type(const struct place *place, const char *wanted, struct error *err)
{
    return fail_param(err, ERROR_BAD_REQUEST, "invalid_type", place->text, "%s must be %s.",
                      place->text, wanted);
}

int member_of(const struct json *object, const struct place *place_or_null, const char *key,
              enum json_type type, const struct json **out, struct error *err)
{
    static const char *const types[] = { "null",     "true or false", "a number",
                                         "a string", "an array",      "an object" };
    const struct json *member = json_member(object, key);
    *out = json_is_set(member) ? member : NULL;
    if (!*out || member->type == type)
        return 0;
    struct place place = place_in(place_or_null, key);
    return refuse_type(&place, types[type], err);
}

int member_needed(const struct json *object, const struct place *place_or_null, const char *key,
                  enum json_type type, const struct json **out, struct error *err)
{
    struct place place = place_in(place_or_null, key);
    if (member_of(object, place_or_null, key, type, out, err) != 0)
        return -1;
    if (!*out)
        return refuse_at(&place, "missing_field", "is missing", err);
    if (type == JSON_STRING && !(*out)->text.len)
        return refuse_at(&place, "invalid_value", "must not be empty", err);
    return 0;
}

int put_renamed(struct json_writer *w, const struct json *object, const struct place *place_or_null,
                const struct renamed *names, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *member;
        if (member_of(object, place_or_null, names[i].from, names[i].type, &member, err) != 0)
            return -1;
        if (member)
            json_raw_member(w, names[i].to, member->raw);
    }
    return 0;
}

void put_schema_format(struct json_writer *w, const struct json *schema)
{
    json_key(w, "response_format");
    json_object_open(w);
    json_c_member(w, "type", "json_schema");
    json_key(w, "json_schema");
    json_object_open(w);
    json_c_member(w, "name", "answer"); /* OpenAI wants one */
    json_raw_member(w, "schema", schema->raw);
    json_object_close(w);
    json_object_close(w);
}

void put_text_part(struct json_writer *w, struct str text)
{
    json_object_open(w);
    json_c_member(w, "type", "text");
    json_text_member(w, "text", text);
    json_object_close(w);
}

void put_image_part(struct json_writer *w, struct str url)
{
    json_object_open(w);
    json_c_member(w, "type", "image_url");
    json_key(w, "image_url");
    json_object_open(w);
    json_text_member(w, "url", url);
    json_object_close(w);
    json_object_close(w);
}

struct str data_url(struct arena *arena, struct str media, struct str base64)
{
    const struct str pieces[] = { STR("data:"), media, STR(";base64,"), base64 };
    size_t len = 0;
    for (size_t i = 0; i < 4; i++)
        len += pieces[i].len;
    char *url = arena_try(arena, len + 1);
    struct str out = { url, 0 };
    for (size_t i = 0; url && i < 4; i++) {
        memcpy(url + out.len, pieces[i].at, pieces[i].len);
        out.len += pieces[i].len;
    }
    return out;
}
