/* json/read.h, lenient: a provider's bytes are read as far as they can be. */
#include "json/read.h"

#include "tap.h"

#include <math.h>

static struct arena *arena;
static const struct json_limits lenient = { .lenient = true };

static struct json *parse(struct str text)
{
    struct json *tree = NULL;
    struct error err = { 0 };
    if (json_parse(arena, text, &lenient, &tree, &err) < 0)
        printf("# refused: %s\n", err.message);
    return tree;
}

struct mended_case {
    struct str text, want;
};

#define FFFD "\xef\xbf\xbd"

static void strings_are_mended(void)
{
    static const struct mended_case cases[] = {
        { { "\"\\ud800\"", 8 }, { FFFD, 3 } },
        { { "\"\\udc00\"", 8 }, { FFFD, 3 } },
        { { "\"a\\ud800b\"", 10 }, { "a" FFFD "b", 5 } },
        { { "\"\\ud800\\ud800\"", 14 }, { FFFD FFFD, 6 } },
        { { "\"\\ud800\\u0041\"", 14 }, { FFFD "A", 4 } },
        { { "\"\\ud800\\ud83d\\ude00\"", 20 }, { FFFD "\xf0\x9f\x98\x80", 7 } },
        { { "\"\\udc00\\ud83d\\ude00\"", 20 }, { FFFD "\xf0\x9f\x98\x80", 7 } },
        { { "\"\\ud83d\\ude00\\ude00\"", 20 }, { "\xf0\x9f\x98\x80" FFFD, 7 } },
        { { "\"\\ud800\\\\udc00\"", 15 }, { FFFD "\\udc00", 9 } },
        { { "\"\\\\ud800\"", 9 }, { "\\ud800", 6 } },
        { { "\"\\ud800\\n\"", 10 }, { FFFD "\n", 4 } },
        { { "\"\\u0000\"", 8 }, { "\0", 1 } },
        { { "\"a\\u0000b\"", 10 }, { "a\0b", 3 } },
        { { "\"\xc0\x80\"", 4 }, { FFFD, 3 } },
        { { "\"\xed\xa0\x80\"", 5 }, { FFFD, 3 } },
        { { "\"a\xff"
            "b\"",
            5 },
          { "a" FFFD "b", 5 } },
        { { "\"\xff\xfe\"", 4 }, { FFFD FFFD, 6 } },
        { { "\"\xe2\x82\"", 4 }, { FFFD, 3 } },
        { { "\"\xf4\x90\x80\x80\"", 6 }, { FFFD, 3 } },
        { { "\"\x80\\ud800\xc3\xa9\"", 11 }, { FFFD FFFD "\xc3\xa9", 8 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json *value = parse(cases[i].text);
        ok(value && str_equal(value->text, cases[i].want) &&
               value->text.at[value->text.len] == '\0',
           "mends string %zu", i);
    }
}

static void the_callers_text_is_left_alone(void)
{
    char text[] = "[\"\\ud800\",\"\xff\"]", before[sizeof text];
    memcpy(before, text, sizeof text);
    struct json *tree = parse((struct str){ text, sizeof text - 1 });
    ok(tree && memcmp(text, before, sizeof text) == 0, "mending changes a copy");
    ok(tree && str_equal(tree->raw, STR("[\"\\ufffd\",\"" FFFD "\"]")),
       "the span is one of the mended copy");
    struct str good = STR("[\"\\u00e9\"]");
    tree = parse(good);
    ok(tree && tree->raw.at == good.at, "a good text is not copied");
}

static void the_last_of_equal_keys_wins(void)
{
    struct json *tree = parse(STR("{\"a\":1,\"b\":5,\"a\":2,\"\\u0061\":3}"));
    is_number(json_integer(json_member(tree, "a"), -1), 3, "the last of equal keys wins");
    is_number(json_integer(json_member(tree, "b"), -1), 5, "… and other keys stay");
    tree = parse(STR("{\"a\\u0000x\":1}"));
    ok(tree && !json_member(tree, "a"), "a key with NUL is not found by what stands before it");
}

static void numbers_never_fail(void)
{
    struct json *tree = parse(STR("[1e400,-1e400,123]"));
    struct json *huge = json_at(tree, 0);
    ok(huge && isinf(huge->real) && !huge->is_integer, "1e400 is infinite");
    is_number(json_integer(huge, -7), -7, "… and no integer");
    is_number(json_integer(json_at(tree, 2), 0), 123, "what follows is read");
}

static void lenient_is_still_json(void)
{
    static const char *const bad[] = {
        "",          "{",       "[1,]",   "{a:1}",          "[1] 2",
        "nul",       "'a'",     "\"\n\"", "\xef\xbb\xbf{}", "[\xff]",
        "\"\\ud800", "\"\\ud8", "[\f]",   "\"\\x\"",        "// c\n1"
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json *tree = NULL;
        struct error err = { 0 };
        ok(json_parse(arena, str_of(bad[i]), &lenient, &tree, &err) == -1 && !tree &&
               err.kind == ERROR_BAD_REQUEST,
           "lenient text %zu is refused", i);
    }
}

int main(void)
{
    arena = arena_new(16 << 20);
    strings_are_mended();
    the_callers_text_is_left_alone();
    the_last_of_equal_keys_wins();
    numbers_never_fail();
    lenient_is_still_json();
    arena_free(&arena);
    return done();
}
