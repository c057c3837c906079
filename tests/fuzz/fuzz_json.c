/* JSON: what strict reading takes is RFC 8259's, found by a second, plain reader; what it takes
 * lives through writing and reading again; what lenient reading takes is fit to be passed on.
 *
 * First byte: odd is lenient. */
#include "fuzz/fuzz.h"

#include "base/codec.h"
#include "json/read.h"
#include "json/write.h"

static struct arena *arena;

/* ---- the tree ---- */

static void check_value(const struct json *value, struct str parent, bool lenient)
{
    size_t count = 0;
    PROMISE(lies_in(value->raw, parent) && value->raw.len, "a value lies in its container");
    PROMISE(!value->text.at == (value->type != JSON_STRING), "strings alone have text");
    if (value->text.at) {
        PROMISE(!value->text.at[value->text.len], "NUL behind a string");
        PROMISE(utf8_check(value->text) == value->text.len, "a string is UTF-8");
        PROMISE(lenient || !memchr(value->text.at, 0, value->text.len), "no NUL in a string");
    }
    for (const struct json *child = value->children; child; child = child->next, count++) {
        check_value(child, value->raw, lenient);
        PROMISE((child->key.at != NULL) == (value->type == JSON_OBJECT), "members have keys");
        PROMISE(utf8_check(child->key) == child->key.len, "a key is UTF-8");
        for (const struct json *other = value->children; other != child && count < 50 && !lenient;
             other = other->next)
            PROMISE(!str_equal(other->key, child->key) || !child->key.at, "no key twice");
    }
    PROMISE(count == value->count, "the count is the children's");
}

static bool same(const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->count != b->count || a->boolean != b->boolean ||
        a->integer != b->integer || a->is_integer != b->is_integer ||
        memcmp(&a->real, &b->real, sizeof a->real) != 0 || !str_equal(a->text, b->text) ||
        !str_equal(a->key, b->key))
        return false;
    const struct json *other = b->children;
    for (const struct json *child = a->children; child; child = child->next, other = other->next)
        if (!same(child, other))
            return false;
    return true;
}

static void write_value(struct json_writer *w, const struct json *value)
{
    switch (value->type) {
    case JSON_STRING:
        json_put_text(w, value->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    default:
        json_put_raw(w, value->raw);
        return;
    }
    bool is_object = value->type == JSON_OBJECT;
    is_object ? json_object_open(w) : json_array_open(w);
    for (const struct json *child = value->children; child; child = child->next) {
        if (is_object)
            json_key(w, arena_copy(arena, child->key).at);
        write_value(w, child);
    }
    is_object ? json_object_close(w) : json_array_close(w);
}

static void check_written(const struct json *root)
{
    struct text text = text_make(16 << 20);
    struct json *again;
    struct error err;
    write_value(json_writer_new(arena, &text), root);
    PROMISE(!text.over, "what was read can be written");
    PROMISE(json_parse(arena, text_str(&text), NULL, &again, &err) == 0, "and read again");
    PROMISE(same(root, again), "and is the same");
    text_free(&text);
}

/* ---- RFC 8259 once more: where a value that begins at `at` ends, or NULL ---- */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && *at && strchr(" \t\r\n", *at))
        at++;
    return at;
}

static const char *plain_word(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && !memcmp(at, word, n) ? at + n : NULL;
}

static const char *plain_digits(const char *at, const char *end)
{
    const char *from = at;
    while (at && at < end && *at >= '0' && *at <= '9')
        at++;
    return at == from ? NULL : at;
}

static const char *plain_number(const char *at, const char *end)
{
    if (at < end && *at == '-')
        at++;
    at = at < end && *at == '0' ? at + 1 : plain_digits(at, end);
    if (at && at < end && *at == '.')
        at = plain_digits(at + 1, end);
    if (!at || at == end || (*at != 'e' && *at != 'E'))
        return at;
    at++;
    return plain_digits(at < end && (*at == '+' || *at == '-') ? at + 1 : at, end);
}

static const char *plain_string(const char *at, const char *end)
{
    if (at == end || *at != '"')
        return NULL;
    for (at++; at < end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (at == end || !*at || !strchr("\"\\/bfnrtu", *at))
            return NULL;
        if (*at == 'u' && (end - at < 5 || strspn(at + 1, "0123456789abcdefABCDEF") < 4))
            return NULL;
    }
    return at < end ? at + 1 : NULL;
}

static const char *plain_value(const char *at, const char *end, int depth);

static const char *plain_members(const char *at, const char *end, int depth, char close)
{
    at = skip_space(at + 1, end);
    if (at < end && *at == close)
        return at + 1;
    for (;;) {
        if (close == '}') {
            at = plain_string(skip_space(at, end), end);
            at = at ? skip_space(at, end) : end;
            if (at == end || *at++ != ':')
                return NULL;
        }
        at = plain_value(skip_space(at, end), end, depth + 1);
        at = at ? skip_space(at, end) : end;
        if (at == end || (*at != ',' && *at != close))
            return NULL;
        if (*at++ == close)
            return at;
    }
}

static const char *plain_value(const char *at, const char *end, int depth)
{
    if (at == end || depth > 2000)
        return NULL;
    switch (*at) {
    case '{':
        return plain_members(at, end, depth, '}');
    case '[':
        return plain_members(at, end, depth, ']');
    case '"':
        return plain_string(at, end);
    case 't':
        return plain_word(at, end, "true");
    case 'f':
        return plain_word(at, end, "false");
    case 'n':
        return plain_word(at, end, "null");
    default:
        return plain_number(at, end);
    }
}

static bool is_json(struct str text)
{
    const char *end = text.at + text.len, *at = plain_value(skip_space(text.at, end), end, 0);
    return at && skip_space(at, end) == end && utf8_check(text) == text.len;
}

static bool is_unit(const char *at, const char *end, const char *third)
{
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && (at[2] | 0x20) == 'd' &&
           strchr(third, at[3] | 0x20) && at[3];
}

/* Of a text that is JSON: half of a pair of \u escapes without the other. */
static bool has_lone_surrogate(struct str text)
{
    const char *end = text.at + text.len;
    for (const char *at = text.at; at < end; at++) {
        bool high = is_unit(at, end, "89ab");
        if (is_unit(at, end, "cdef") || (high && !is_unit(at + 6, end, "cdef")))
            return true;
        at += high ? 11 : *at == '\\';
    }
    return false;
}

/* ---- the two ways of reading ---- */

/* What RFC 8259 allows, this house refuses for these reasons only. */
static bool is_own_reason(const struct error *err)
{
    static const char *const reasons[] = { "duplicate key", "number too large", "surrogate",
                                           "NUL" };
    bool named = err->kind == ERROR_TOO_LARGE;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        named = named || strstr(err->message, reasons[i]);
    return named;
}

static void read_strictly(struct str text)
{
    struct json *root;
    struct error err = { 0 };
    bool good = json_parse(arena, text, NULL, &root, &err) == 0;
    PROMISE(good || err.kind == ERROR_BAD_REQUEST || err.kind == ERROR_TOO_LARGE, "a 4xx");
    if (!is_json(text))
        PROMISE(!good, "what is no JSON is refused");
    else
        PROMISE(good != has_lone_surrogate(text) || is_own_reason(&err), "what is JSON is read");
    if (!good)
        return;
    check_value(root, text, false);
    check_written(root);
    struct json *leniently;
    static const struct json_limits lenient = { .lenient = true };
    PROMISE(json_parse(arena, text, &lenient, &leniently, &err) == 0 && same(root, leniently),
            "lenient reading takes it too, and sees the same");
}

static void read_leniently(struct str text)
{
    static const struct json_limits lenient = { .depth = 1000, .lenient = true };
    struct json *root, *again;
    struct error err;
    if (json_parse(arena, text, &lenient, &root, &err) != 0)
        return;
    check_value(root, root->raw, true);
    PROMISE(is_json(root->raw) && !has_lone_surrogate(root->raw), "what is passed on is JSON");
    PROMISE(json_parse(arena, root->raw, &lenient, &again, &err) == 0 && same(root, again),
            "and whoever reads it sees the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);
    bool lenient = take_byte(&input) & 1;
    arena = arena_new(64 << 20);
    struct str text = arena_copy(arena, input); /* strspn of the plain reader stops at its NUL */
    if (lenient)
        read_leniently(text);
    else
        read_strictly(text);
    arena_free(&arena);
    return 0;
}
