/* Reads the text chunks of a stream by their likeness to one that was parsed: a parser's work is
 * most of what a chunk would cost us. Exact by construction: JSON in which one string value is put
 * in another's place is the same document with another string. */
#include "openai_likeness.h"

#include "base/codec.h"

enum { HOLES_MAX = 2 };

/* At the front of the decoder's scratch; behind it the bytes before, between and behind the holes.
 */
struct shape {
    uint16_t holes; /* strings that may differ; 0: nothing was learned */
    uint16_t part_len[HOLES_MAX + 1];
};
enum { PARTS_MAX_BYTES = sizeof((struct decoder *)0)->scratch - sizeof(struct shape) };

static const char escapes[] = "\"\\/bfnrt", escaped[] = "\"\\/\b\f\n\r\t";

static struct str behind(struct str bytes, size_t n)
{
    return (struct str){ bytes.at + n, bytes.len - n };
}

/* Up to the quote that ends the string. Whatever is not plain is left to the parser. */
static bool take_string(struct str *rest, struct str *inside)
{
    size_t n = 0;
    for (; n < rest->len && rest->at[n] != '"'; n++) {
        if ((unsigned char)rest->at[n] < ' ')
            return false;
        if (rest->at[n] == '\\' &&
            (++n == rest->len || !memchr(escapes, rest->at[n], sizeof escapes - 1)))
            return false;
    }
    *inside = (struct str){ rest->at, n };
    *rest = behind(*rest, n);
    return utf8_check(*inside) == n;
}

static bool unescape(struct str raw, struct arena *arena, struct str *out)
{
    *out = raw;
    if (!memchr(raw.at, '\\', raw.len))
        return true;
    char *copy = arena_try(arena, raw.len);
    size_t n = 0;
    for (size_t i = 0; copy && i < raw.len; i++) {
        if (raw.at[i] == '\\')
            copy[n++] = escaped[strchr(escapes, raw.at[++i]) - escapes];
        else
            copy[n++] = raw.at[i];
    }
    *out = (struct str){ copy, n };
    return copy != NULL;
}

bool likeness_read(const struct decoder *decoder, struct str data, struct arena *arena,
                   struct decoded *out)
{
    struct shape shape;
    struct str rest = data, strings[HOLES_MAX], content;
    memcpy(&shape, decoder->scratch, sizeof shape);
    const unsigned char *part = decoder->scratch + sizeof shape;
    if (!shape.holes)
        return false;
    for (size_t i = 0; i <= shape.holes; i++) {
        if (i > 0 && !take_string(&rest, &strings[i - 1]))
            return false;
        size_t len = shape.part_len[i];
        if (rest.len < len || memcmp(rest.at, part, len) != 0)
            return false;
        rest = behind(rest, len);
        part += len;
    }
    if (rest.len || !unescape(strings[0], arena, &content))
        return false;
    *out = (struct decoded){ .chunk = data, .output_bytes = content.len };
    if (content.len)
        out->content = content;
    return true;
}

/* The string that the whole record is about; NULL where it says anything else. */
static const struct json *content_of(const struct json *root, const struct decoded *said)
{
    const struct json *choice = json_at(json_member(root, "choices"), 0);
    const struct json *content = json_member(json_member(choice, "delta"), "content");
    bool is_text = content && content->type == JSON_STRING &&
                   json_integer(json_member(choice, "index"), 0) == 0 &&
                   said->output_bytes == content->text.len;
    bool says_more = said->finish || said->has_tool_calls || said->usage.known;
    return is_text && !says_more ? content : NULL;
}

/* Padding of random length, which OpenAI adds so that nobody can tell the text by its length. */
static const struct json *padding_of(const struct json *root, const struct json *content)
{
    const struct json *padding = json_member(root, "obfuscation");
    bool follows = padding && padding->type == JSON_STRING && padding->raw.at > content->raw.at;
    return follows ? padding : NULL;
}

void likeness_learn(struct decoder *decoder, struct str data, const struct json *root,
                    const struct decoded *said)
{
    const struct json *content = content_of(root, said);
    bool verbatim = said->chunk.at == data.at && said->chunk.len == data.len;
    if (!content || !verbatim || data.len - content->raw.len + 2 > PARTS_MAX_BYTES)
        return;
    const struct json *holes[HOLES_MAX] = { content, padding_of(root, content) };
    struct shape shape = { 0 };
    unsigned char *out = decoder->scratch + sizeof shape;
    const char *from = data.at, *end = data.at + data.len;
    for (size_t i = 0; i <= HOLES_MAX && from < end; i++) {
        bool is_hole = i < HOLES_MAX && holes[i];
        const char *to = is_hole ? holes[i]->raw.at + 1 : end; /* with the quote before it */
        memcpy(out, from, (size_t)(to - from));
        out += to - from;
        shape.part_len[i] = (uint16_t)(to - from);
        shape.holes = (uint16_t)i;
        from = is_hole ? holes[i]->raw.at + holes[i]->raw.len - 1 : end; /* …and behind it */
    }
    memcpy(decoder->scratch, &shape, sizeof shape);
}
