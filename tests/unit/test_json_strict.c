/* json/read.h: what a client's text may not be, and that the message names the place. */
#include "json/read.h"

#include "tap.h"

static struct arena *arena;

struct bad_case {
    const char *text;
    size_t len; /* 0: up to the NUL */
    int byte;   /* where the message points */
    const char *word;
};

#define BAD(text, byte, word)                                                                      \
    {                                                                                              \
        text, sizeof(text) - 1, byte, word                                                         \
    }

static void refused(const struct bad_case *c)
{
    struct json *tree = NULL;
    struct error err = { 0 };
    char place[32];
    snprintf(place, sizeof place, "byte %d: ", c->byte);
    int result = json_parse(arena, (struct str){ c->text, c->len }, NULL, &tree, &err);
    bool good = result == -1 && !tree && err.kind == ERROR_BAD_REQUEST &&
                !strcmp(err.code, "invalid_json") && strstr(err.message, c->word) &&
                !strncmp(err.message, place, strlen(place));
    if (!ok(good, "refuses %.60s", c->text))
        printf("#   %s\n", result ? err.message : "accepted");
}

static void ends_and_arrays(void)
{
    static const struct bad_case cases[] = {
        { "", 0, 0, "ends too early" },
        BAD(" \n", 2, "ends too early"),
        BAD("[", 1, "ends too early"),
        BAD("{", 1, "ends too early"),
        BAD("[1", 2, "ends too early"),
        BAD("[1,", 3, "ends too early"),
        BAD("{\"a\"", 4, "ends too early"),
        BAD("{\"a\":", 5, "ends too early"),
        BAD("{\"a\":1", 6, "ends too early"),
        BAD("{\"a\":1,", 7, "ends too early"),
        BAD("[[]", 3, "ends too early"),
        BAD("\"abc", 4, "ends too early"),
        BAD("tru", 3, "ends too early"),
        BAD("[trux]", 1, "a word"),
        BAD("-", 1, ""),
        BAD("1.", 2, ""),
        BAD("1e", 2, ""),
        BAD("1e+", 3, ""),
        BAD("]", 0, "no value"),
        BAD("}", 0, "no value"),
        BAD(",", 0, "no value"),
        BAD(":", 0, "no value"),
        BAD("[,1]", 1, "no value"),
        BAD("[1,]", 3, "no value"),
        BAD("[1,,2]", 3, "no value"),
        BAD("[1 2]", 3, "neither ','"),
        BAD("[1:2]", 2, ""),
        BAD("[1}", 2, "neither ','"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

static void objects_and_surroundings(void)
{
    static const struct bad_case cases[] = {
        BAD("{]", 1, "not a string"),
        BAD("{1:2}", 1, "key"),
        BAD("{a:1}", 1, ""),
        BAD("{'a':1}", 1, ""),
        BAD("{\"a\" 1}", 5, "no ':'"),
        BAD("{\"a\",1}", 4, "no ':'"),
        BAD("{\"a\":1,}", 7, "key"),
        BAD("{,}", 1, "key"),
        BAD("{\"a\":1 \"b\":2}", 7, "neither ','"),
        BAD("{\"a\":}", 5, "no value"),
        BAD("{null:1}", 1, "key"),
        BAD("[1]]", 3, "more text"),
        BAD("1 2", 2, "more text"),
        BAD("{}{}", 2, "more text"),
        BAD("[]x", 2, ""),
        BAD("null,", 4, "more text"),
        BAD("\"a\"\"b\"", 3, "more text"),
        BAD("// c\n1", 0, "comment"),
        BAD("/* c */1", 0, "comment"),
        BAD("[1/**/]", 2, ""),
        BAD("# c\n1", 0, ""),
        BAD("\xef\xbb\xbf{}", 0, ""),
        BAD("[1]\0", 3, ""),
        BAD("\0", 0, ""),
        BAD("[\f1]", 1, "control"),
        BAD("[\v1]", 1, "control"),
        BAD("[1]\f", 3, "control"),
        BAD("[\xc2\xa0"
            "1]",
            1, ""),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

static void scalars(void)
{
    static const struct bad_case cases[] = {
        BAD("True", 0, ""),         BAD("NULL", 0, ""),       BAD("nul", 3, ""),
        BAD("nulll", 4, ""),        BAD("truefalse", 4, ""),  BAD("NaN", 0, ""),
        BAD("Infinity", 0, ""),     BAD("-Infinity", 1, ""),  BAD("undefined", 0, ""),
        BAD("01", 1, ""),           BAD("-01", 2, ""),        BAD("+1", 0, ""),
        BAD(".5", 0, ""),           BAD("-.5", 1, "number"),  BAD("[1.]", 3, "number"),
        BAD("[1.e5]", 3, "number"), BAD("[1e]", 3, "number"), BAD("[1e+]", 4, "number"),
        BAD("0x10", 1, ""),         BAD("1_000", 1, ""),      BAD("--1", 1, "number"),
        BAD("1e5.5", 3, ""),        BAD("1a", 1, ""),         BAD("[- 1]", 2, "number"),
        BAD("'a'", 0, ""),          BAD("`a`", 0, ""),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

static void strings(void)
{
    static const struct bad_case cases[] = {
        BAD("\"\n\"", 1, "control"),
        BAD("\"\t\"", 1, "control"),
        BAD("\"\0\"", 1, "control"),
        BAD("\"\x1f\"", 1, "control"),
        BAD("\"\\x41\"", 2, "backslash"),
        BAD("\"\\'\"", 2, "backslash"),
        BAD("\"\\\n\"", 2, "backslash"),
        BAD("\"\\a\"", 2, "backslash"),
        BAD("\"\\U0041\"", 2, "backslash"),
        BAD("\"\\u\"", 3, "hex"),
        BAD("\"\\u12\"", 5, "hex"),
        BAD("\"\\u12g4\"", 5, "hex"),
        BAD("\"\\u-123\"", 3, "hex"),
        BAD("\"\\\"", 3, "ends too early"),
        BAD("\\n", 0, ""),
        BAD("\"\\u0000\"", 1, "NUL"),
        BAD("\"a\\u0000\"", 2, "NUL"),
        BAD("{\"role\\u0000x\":1}", 6, "NUL"),
        BAD("\"\\ud800\"", 1, "surrogate"),
        BAD("\"\\udc00\"", 1, "surrogate"),
        BAD("\"\\uDBFF\"", 1, "surrogate"),
        BAD("\"\\ud800\\ud800\"", 1, "surrogate"),
        BAD("\"\\ud800\\u0041\"", 1, "surrogate"),
        BAD("\"\\udc00\\ud800\"", 1, "surrogate"),
        BAD("\"\\ud83d\\ude00\\ude00\"", 13, "surrogate"),
        BAD("\"\\ud800\\\\udc00\"", 1, "surrogate"),
        BAD("{\"\\ud800\":1}", 2, "surrogate"),
        BAD("\"\\ud800", 1, "surrogate"),
        BAD("\"\\ud800\\udc0", 1, "surrogate"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

static void utf8(void)
{
    static const struct bad_case cases[] = {
        BAD("\"\xc0\x80\"", 1, "UTF-8"),
        BAD("\"\xc1\xbf\"", 1, "UTF-8"),
        BAD("\"\xe0\x80\x80\"", 1, "UTF-8"),
        BAD("\"\xe0\x9f\xbf\"", 1, "UTF-8"),
        BAD("\"\xf0\x80\x80\x80\"", 1, "UTF-8"),
        BAD("\"\xf0\x8f\xbf\xbf\"", 1, "UTF-8"),
        BAD("\"\xed\xa0\x80\"", 1, "UTF-8"),
        BAD("\"\xed\xbf\xbf\"", 1, "UTF-8"),
        BAD("\"\xf4\x90\x80\x80\"", 1, "UTF-8"),
        BAD("\"\xf5\x80\x80\x80\"", 1, "UTF-8"),
        BAD("\"\x80\"", 1, "UTF-8"),
        BAD("\"\xbf\"", 1, "UTF-8"),
        BAD("\"\xff\"", 1, "UTF-8"),
        BAD("\"\xfe\"", 1, "UTF-8"),
        BAD("\"\xc3\"", 1, "UTF-8"),
        BAD("\"ab\xe2\x82\"", 3, "UTF-8"),
        BAD("\"\xf0\x9f\x98\"", 1, "UTF-8"),
        BAD("{\"\xc0\x80\":1}", 2, "UTF-8"),
        BAD("\xff\xfe[\0]\0", 0, "UTF-8"),
        BAD("\xff", 0, "UTF-8"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

static void huge_numbers(void)
{
    char digits[4001 + 8];
    memset(digits, '9', sizeof digits);
    digits[0] = '[';
    digits[4001] = ']';
    refused(&(struct bad_case){ digits, 4002, 1, "number too large" });
    refused(&(struct bad_case)BAD("1e400", 0, "number too large"));
    refused(&(struct bad_case)BAD("[0, -1e400]", 4, "number too large"));
    refused(&(struct bad_case)BAD("{\"a\":1e999999999999}", 5, "number too large"));
}

static void duplicates(void)
{
    static const struct bad_case cases[] = {
        BAD("{\"role\":1,\"role\":2}", 10, "duplicate key \"role\""),
        BAD("{\"a\":1,\"b\":2,\"a\":1}", 13, "duplicate key \"a\""),
        BAD("{\"x\":{\"a\":1,\"a\":1}}", 12, "duplicate key \"a\""),
        BAD("{\"\":1,\"\":1}", 6, "duplicate key \"\""),
        BAD("{\"a\":1,\"\\u0061\":2}", 16, "duplicate key \"a\""),
        BAD("{\"\\u0061\":1,\"a\":2}", 12, "duplicate key \"a\""),
        BAD("{\"\\n\":1,\"\\n\":2}", 13, "duplicate key \"?\""),
        BAD("{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"2\":0}", 55,
            "duplicate key \"2\""),
        BAD("{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"1\":0}", 55,
            "duplicate key \"1\""),
        BAD("{\"abcdefghijklmnopqrstuvwxyz0123456789\":1,\"abcdefghijklmnopqrstuvwxyz0123456789\":"
            "1}",
            42, "\"abcdefghijklmnopqrstuvwxyz012345…\""),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&cases[i]);
}

int main(void)
{
    arena = arena_new(64 << 20);
    ends_and_arrays();
    objects_and_surroundings();
    scalars();
    strings();
    utf8();
    huge_numbers();
    duplicates();
    arena_free(&arena);
    return done();
}
