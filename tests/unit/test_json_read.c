/* json/read.h: what a well-formed text becomes. */
#include "json/read.h"

#include "tap.h"

#include <stdlib.h>

static struct arena *arena;

static struct json *parse(struct str text)
{
    struct json *tree = NULL;
    struct error err = { 0 };
    if (json_parse(arena, text, NULL, &tree, &err) < 0)
        printf("# refused: %s\n", err.message);
    return tree;
}

static void accepts_all_of_rfc_8259(void)
{
    static const char *const good[] = {
        "[]",
        "{}",
        " [ ] ",
        "\t\n\r{ }\r\n\t",
        "null",
        "true",
        "false",
        "\"\"",
        "0",
        "-0",
        "-1",
        "1.5",
        "-0.0",
        "1e5",
        "1E+5",
        "1e-5",
        "0e0",
        "0E1",
        "1.25e-3",
        "[1]",
        "[[[]]]",
        "[null]",
        "[1,2,3]",
        "{\"\":0}",
        "{\"a\":{\"a\":{\"a\":[]}}}",
        "[\"a\",\"\xc3\xa9\"]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\\u00E9\"",
        "\"\\ud83d\\ude00\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\xef\xbf\xbf\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\x7f\"",
        "\"\\uffff\"",
        "\"\\\\u0000\"",
        "\"\\\\ud800\"",
        "{\"a\":1,\"A\":2}",
        "[1\n,1\r,1\t]",
        "{\"a\":1,\"ab\":2,\"b\":3,\"bc\":4,\"c\":5,\"cd\":6,\"d\":7,\"de\":8,\"e\":9,\"\":10}",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "1e308",
        "1e-400",
        "123456789012345678901234567890",
        "{\"a\":[],\"b\":{},\"c\":[{}]}",
        "\"a/b\"",
        "\"\\u001f\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(parse(str_of(good[i])), "accepts %s", good[i][0] == '\t' ? "white space" : good[i]);
}

struct number_case {
    const char *text;
    bool is_integer;
    int64_t integer;
    double real;
};

static void numbers_are_exact(void)
{
    static const struct number_case cases[] = {
        { "0", true, 0, 0 },
        { "-0", true, 0, 0 },
        { "7", true, 7, 7 },
        { "-12", true, -12, -12 },
        { "9223372036854775807", true, INT64_MAX, 9223372036854775807.0 },
        { "-9223372036854775808", true, INT64_MIN, -9223372036854775808.0 },
        { "9223372036854775808", false, 0, 9223372036854775808.0 },
        { "-9223372036854775809", false, 0, -9223372036854775808.0 },
        { "99999999999999999999", false, 0, 1e20 },
        { "1.0", false, 0, 1 },
        { "1e2", false, 0, 100 },
        { "-2.5E-1", false, 0, -0.25 },
        { "1e-400", false, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct number_case *c = &cases[i];
        struct json *alone = parse(str_of(c->text));
        struct json *within = json_at(parse(str_of(arena_printf(arena, "[ %s ]", c->text))), 0);
        ok(alone && alone->type == JSON_NUMBER && alone->is_integer == c->is_integer &&
               (!c->is_integer || alone->integer == c->integer) && alone->real == c->real,
           "%s is exact", c->text);
        ok(within && alone && within->is_integer == alone->is_integer &&
               within->integer == alone->integer && within->real == alone->real,
           "%s is the same within an array", c->text);
    }
}

static void strings_are_decoded(void)
{
    struct json *s =
        parse(STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00z\""));
    ok(s && str_equal(s->text, STR("\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z")),
       "every escape is decoded");
    ok(s && s->text.at[s->text.len] == '\0', "a string is NUL-terminated");
    struct json *empty = parse(STR("\"\""));
    ok(empty && empty->text.at && empty->text.len == 0, "an empty string is not absent");
    struct json *object = parse(STR("{\"r\\u006fle\":1,\"plain\":2}"));
    ok(json_member(object, "role") && json_member(object, "plain"), "keys are decoded");
}

/* Each value in turn, so that a wrong span is seen wherever it stands. */
static void check_raw(const struct json *value, struct str source)
{
    bool inside = value->raw.at >= source.at &&
                  value->raw.at + value->raw.len <= source.at + source.len && value->raw.len > 0;
    struct json *again = inside ? parse(value->raw) : NULL;
    ok(again && again->type == value->type && again->count == value->count &&
           str_equal(again->text, value->text) && again->raw.at == value->raw.at &&
           again->raw.len == value->raw.len && again->real == value->real,
       "the span %.*s is its value", STR_ARGS(value->raw));
    for (const struct json *child = value->children; child; child = child->next)
        check_raw(child, source);
}

static void raw_spans_are_the_values(void)
{
    static const char *const tokens[] = { "{",
                                          "\"a\"",
                                          ":",
                                          "[",
                                          "1",
                                          ",",
                                          "-2.5e3",
                                          ",",
                                          "\"x,:\"",
                                          ",",
                                          "\"\\u00e9\\n\"",
                                          ",",
                                          "true",
                                          ",",
                                          "false",
                                          ",",
                                          "null",
                                          ",",
                                          "{",
                                          "}",
                                          ",",
                                          "[",
                                          "]",
                                          "]",
                                          ",",
                                          "\"k\\\"\"",
                                          ":",
                                          "{",
                                          "\"\"",
                                          ":",
                                          "\"\"",
                                          "}",
                                          ",",
                                          "\"last\"",
                                          ":",
                                          "0",
                                          "}" };
    static const char *const spaces[] = { "", " ", "\n", "\t\t", "\r\n  ", " \n\t\r " };
    for (size_t s = 0; s < sizeof spaces / sizeof spaces[0]; s++) {
        struct text source = text_make(4096);
        for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
            text_add_c(&source, spaces[(s + i * (s > 3)) % 6]);
            text_add_c(&source, tokens[i]);
        }
        text_add_c(&source, spaces[s]);
        struct str text = arena_copy(arena, text_str(&source));
        struct json *root = parse(text);
        if (ok(root, "spacing %zu parses", s))
            check_raw(root, text);
        text_free(&source);
    }
    struct json *number = parse(STR("  42 \n"));
    ok(number && str_is(number->raw, "42"), "a number at the end of the text has its span");
}

static void order_and_counts_are_the_sources(void)
{
    struct json *root = parse(STR("{\"c\":1,\"a\":[10,20,30],\"b\":{}}"));
    struct json *first = root ? root->children : NULL;
    ok(first && str_is(first->key, "c") && str_is(first->next->key, "a") &&
           str_is(first->next->next->key, "b") && !first->next->next->next,
       "members keep their order");
    is_number(root ? root->count : 0, 3, "an object counts its members");
    struct json *a = json_member(root, "a");
    is_number(a ? a->count : 0, 3, "an array counts its elements");
    ok(a && a->children->key.at == NULL, "an element has no key");
}

static void text_needs_no_nul_behind_it(void)
{
    static const char *const texts[] = {
        "123", "1.5e3", "\"a\\n\"", "[1]", "true", "{\"k\":null}"
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len = strlen(texts[i]);
        char *tight = malloc(len);
        memcpy(tight, texts[i], len);
        ok(parse((struct str){ tight, len }), "%s is read within its bounds", texts[i]);
        free(tight);
    }
    static const char broken[] = "\"\\ud83d\\ude00";
    for (size_t len = 0; len < sizeof broken; len++) { /* for the sanitizer's eyes */
        char *tight = malloc(len + 1);
        memcpy(tight + 1, broken, len);
        ok(!parse((struct str){ tight + 1, len }), "%zu bytes of a string are no string", len);
        free(tight);
    }
}

int main(void)
{
    arena = arena_new(64 << 20);
    accepts_all_of_rfc_8259();
    numbers_are_exact();
    strings_are_decoded();
    raw_spans_are_the_values();
    order_and_counts_are_the_sources();
    text_needs_no_nul_behind_it();
    arena_free(&arena);
    return done();
}
