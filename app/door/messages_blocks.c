/* Anthropic's content blocks as the parts of a chat message. */
#include "messages.h"

int block_type(const struct json *block, const struct place *place, struct str *out,
               struct error *err)
{
    const struct json *type;
    if (block->type != JSON_OBJECT)
        return refuse_type(place, "an object", err);
    if (member_needed(block, place, "type", JSON_STRING, &type, err) != 0)
        return -1;
    *out = type->text;
    return 0;
}

static bool is_among(struct str type, const char *const *names)
{
    for (; names && *names; names++)
        if (str_is(type, *names))
            return true;
    return false;
}

static int join_block(const struct json *block, const struct place *place, const char *separator,
                      const char *const *passed_over, struct text *joined, struct error *err)
{
    struct str type;
    const struct json *words;
    if (block_type(block, place, &type, err) != 0)
        return -1;
    if (is_among(type, passed_over))
        return 0;
    if (!str_is(type, "text")) {
        struct place at = place_in(place, "type");
        return refuse_at(&at, "unsupported_content", "is no block that can stand here", err);
    }
    if (member_of(block, place, "text", JSON_STRING, &words, err) != 0)
        return -1;
    if (!words || !words->text.len)
        return 0;
    if (joined->len)
        text_add_c(joined, separator);
    text_add(joined, words->text);
    return 0;
}

int blocks_join(struct translation *t, const struct json *content, const struct place *place,
                const char *separator, const char *const *passed_over, struct str *out,
                struct error *err)
{
    *out = (struct str){ 0 };
    if (content->type == JSON_STRING) {
        *out = content->text;
        return 0;
    }
    if (content->type != JSON_ARRAY)
        return refuse_type(place, "a string or an array of blocks", err);
    struct text joined = text_make(2 * content->raw.len + 1); /* blocks are never shorter */
    int status = 0;
    size_t i = 0;
    for (const struct json *b = content->children; b && status == 0; b = b->next) {
        struct place at = place_of("%.80s[%zu]", place->text, i++);
        status = join_block(b, &at, separator, passed_over, &joined, err);
    }
    char *copy = status == 0 && joined.len ? arena_try(t->arena, joined.len + 1) : NULL;
    if (copy) {
        memcpy(copy, joined.at, joined.len);
        *out = (struct str){ copy, joined.len };
    } else if (status == 0 && joined.len)
        status = fail(err, ERROR_TOO_LARGE, "request_too_large", "The request is too large.");
    text_free(&joined);
    return status;
}

static int source_of(const struct json *block, const struct place *at, const struct json **source,
                     struct str *type, struct error *err)
{
    struct place place = place_in(at, "source");
    if (member_needed(block, at, "source", JSON_OBJECT, source, err) != 0)
        return -1;
    return block_type(*source, &place, type, err);
}

static int too_large(struct error *err)
{
    return fail(err, ERROR_TOO_LARGE, "request_too_large", "The request is too large.");
}

static int embedded(struct translation *t, const struct json *source, const struct place *at,
                    const char *const *media_types, const char *wanted, struct str *url,
                    struct error *err)
{
    const struct json *media, *data;
    struct place place = place_in(at, "media_type");
    if (member_needed(source, at, "media_type", JSON_STRING, &media, err) != 0 ||
        member_needed(source, at, "data", JSON_STRING, &data, err) != 0)
        return -1;
    if (!is_among(media->text, media_types))
        return refuse_at(&place, "invalid_value", wanted, err);
    *url = data_url(t->arena, media->text, data->text);
    return url->at ? 0 : too_large(err);
}

static int put_image(struct translation *t, const struct json *block, const struct place *place,
                     struct error *err)
{
    static const char *const pictures[] = { "image/jpeg", "image/png", "image/gif", "image/webp",
                                            NULL };
    const struct json *source, *address;
    struct str type, url;
    struct place at = place_in(place, "source"), at_type = place_in(&at, "type");
    if (source_of(block, place, &source, &type, err) != 0)
        return -1;
    if (str_is(type, "base64")) {
        if (embedded(t, source, &at, pictures,
                     "must be image/jpeg, image/png, image/gif or image/webp", &url, err) != 0)
            return -1;
    } else if (str_is(type, "url")) {
        if (member_needed(source, &at, "url", JSON_STRING, &address, err) != 0)
            return -1;
        url = address->text;
    } else {
        return refuse_at(&at_type, "unsupported_content", "must be base64 or url here", err);
    }
    put_image_part(t->w, url);
    return 0;
}

static void put_file(struct translation *t, struct str name, struct str url)
{
    json_object_open(t->w);
    json_c_member(t->w, "type", "file");
    json_key(t->w, "file");
    json_object_open(t->w);
    json_text_member(t->w, "filename", name.len ? name : STR("document.pdf"));
    json_text_member(t->w, "file_data", url);
    json_object_close(t->w);
    json_object_close(t->w);
}

static int put_document(struct translation *t, const struct json *block, const struct place *place,
                        struct error *err)
{
    static const char *const files[] = { "application/pdf", NULL };
    const struct json *source, *words;
    struct str type, url;
    struct place at = place_in(place, "source"), at_type = place_in(&at, "type");
    if (source_of(block, place, &source, &type, err) != 0)
        return -1;
    if (str_is(type, "base64")) {
        if (embedded(t, source, &at, files, "must be application/pdf", &url, err) != 0)
            return -1;
        put_file(t, json_text(json_member(block, "title")), url);
    } else if (str_is(type, "text")) {
        if (member_needed(source, &at, "data", JSON_STRING, &words, err) != 0)
            return -1;
        put_text_part(t->w, words->text);
    } else {
        return refuse_at(&at_type, "unsupported_content", "must be base64 or text here", err);
    }
    return 0;
}

int block_put_part(struct translation *t, const struct json *block, const struct place *place,
                   struct error *err)
{
    struct str type;
    const struct json *words;
    struct place at = place_in(place, "type");
    if (block_type(block, place, &type, err) != 0)
        return -1;
    if (str_is(type, "image"))
        return put_image(t, block, place, err);
    if (str_is(type, "document"))
        return put_document(t, block, place, err);
    if (!str_is(type, "text"))
        return refuse_at(&at, "unsupported_content", "is no block that can stand here", err);
    if (member_needed(block, place, "text", JSON_STRING, &words, err) != 0)
        return -1;
    put_text_part(t->w, words->text);
    return 0;
}
