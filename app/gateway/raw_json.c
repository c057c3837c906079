/* Puts pieces of JSON together for decoders, without a writer where none is needed. */
#include "raw_json.h"

#include "base/codec.h"
#include "json/write.h"

bool raw_join(struct arena *arena, const struct str *pieces, size_t count, struct str *out)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += pieces[i].len;
    char *at = arena_try(arena, len + 1), *to = at;
    if (!at)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len)
            memcpy(to, pieces[i].at, pieces[i].len);
        to += pieces[i].len;
    }
    *out = (struct str){ at, len };
    return true;
}

static bool needs_no_escape(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
            return false;
    }
    return utf8_check(text) == text.len;
}

/* The most bytes that a text can have between quotes and escaped, and what is no UTF-8 replaced. */
static size_t quoted_most(struct str text)
{
    size_t most = 2;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        most += c < ' ' || c == 0x7f ? 6 : c == '"' || c == '\\' ? 2 : c < 0x80 ? 1 : 3;
    }
    return most;
}

bool raw_quote(struct arena *arena, struct str text, struct str *out)
{
    if (needs_no_escape(text))
        return raw_join(arena, (struct str[]){ STR("\""), text, STR("\"") }, 3, out);
    size_t size = quoted_most(text) + 1;
    struct text json = { .at = arena_try(arena, size), .size = size, .max = size };
    if (!json.at)
        return false;
    json_put_text(json_writer_new(arena, &json), text); /* it has room, and so asks for none */
    *out = text_str(&json);
    return !json.over;
}

bool raw_compact(struct arena *arena, const struct json *value, struct str *out)
{
    char *at = arena_try(arena, value->raw.len + 1);
    size_t len = 0;
    bool in_string = false;
    for (size_t i = 0; at && i < value->raw.len; i++) {
        char c = value->raw.at[i];
        if (in_string && c == '\\')
            at[len++] = value->raw.at[i++];
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && strchr(" \t\r\n", c))
            continue;
        at[len++] = value->raw.at[i];
    }
    if (at)
        *out = (struct str){ at, len };
    return at != NULL;
}
