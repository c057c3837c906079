/* What is wrong with a text and where, in our words: a client is shown no library's. */
#include "json_parser.h"

#include "base/codec.h"

#define KEY_SHOWN 32
#define MORE_TEXT "more text behind the value"

int complain(struct parser *p, size_t offset, const char *what)
{
    return fail(p->err, ERROR_BAD_REQUEST, "invalid_json", "byte %zu: %s", offset, what);
}

int complain_too_large(struct parser *p, const char *what)
{
    return fail(p->err, ERROR_TOO_LARGE, "json_too_large", "byte %zu: %s", token_start(p), what);
}

/* The place of the key, or of its value where the key is a decoded copy. */
static size_t member_offset(const struct parser *p, const struct json *member)
{
    const char *key = member->key.at;
    bool in_text = key >= p->text.at && key < p->text.at + p->text.len;
    return (size_t)((in_text ? key - 1 : member->raw.at) - p->text.at);
}

int complain_duplicate(struct parser *p, const struct json *member)
{
    struct str part = utf8_cut(member->key, KEY_SHOWN);
    char key[KEY_SHOWN + 1] = "";
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.at[i];
        key[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    return fail(p->err, ERROR_BAD_REQUEST, "invalid_json", "byte %zu: duplicate key \"%s%s\"",
                member_offset(p, member), key, part.len < member->key.len ? "…" : "");
}

/* Part of yajl's words, and ours for it. Within a string, number or comment yajl stands at the byte
 * at fault, otherwise behind the token at fault. */
static const struct wording {
    const char *yajl, *ours;
    bool within;
} WORDINGS[] = {
    { "before a character which it may not", "a backslash before a character without escape",
      true },
    { "invalid character inside string", "a control character within a string", true },
    { "non-hex", "\\u without four hex digits", true },
    { "malformed number", "a number without a digit where one must be", true },
    { "trailing garbage", MORE_TEXT, false },
    { "invalid string in json text", "a word other than true, false and null", false },
    { "comment", "a comment", true },
    { "invalid object key", "a key that is not a string", false },
    { "separated by a colon", "no ':' behind a key", false },
    { "inside map", "neither ',' nor '}' behind a member", false },
    { "after array element", "neither ',' nor ']' behind an element", false },
    { "unallowed token", "no value where one must be", false },
    { "", "no JSON", false },
};

static const struct wording *find_wording(const char *yajls)
{
    const struct wording *wording = WORDINGS;
    while (!strstr(yajls, wording->yajl))
        wording++;
    return wording;
}

int complain_syntax(struct parser *p)
{
    const unsigned char *bytes = (const unsigned char *)p->text.at;
    unsigned char *yajls = yajl_get_error(p->yajl, 0, bytes, p->text.len);
    const struct wording *wording = find_wording((const char *)yajls);
    size_t offset = yajl_get_bytes_consumed(p->yajl);
    if (!wording->within) {
        size_t start = token_start(p); /* beyond it when the token is a ':' or ',' */
        offset = start < offset ? start : offset > p->at ? offset - 1 : offset;
    }
    return complain(p, offset, wording->ours);
}

int complain_end(struct parser *p)
{
    if (p->root && !p->top)
        return complain(p, token_start(p), MORE_TEXT);
    return complain(p, p->text.len, "the text ends too early");
}
