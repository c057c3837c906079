/* json/read.h: depth, number of values and the arena's maximum bound every text, however hostile.
 */
#include "json/read.h"

#include "tap.h"

#include <time.h>

static struct arena *arena;

/* The kind of failure; ERROR_NONE when it parses. */
static enum error_kind outcome(struct str text, const struct json_limits *limits)
{
    struct json *tree = NULL;
    struct error err = { 0 };
    struct arena *own = arena_new(256 << 20);
    int result = json_parse(own, text, limits, &tree, &err);
    arena_free(&own);
    if (result < 0 && err.kind == ERROR_TOO_LARGE && strcmp(err.code, "json_too_large"))
        return ERROR_INTERNAL;
    return err.kind;
}

static struct str repeated(const char *piece, size_t n, const char *tail, size_t m)
{
    struct text text = text_make(64 << 20);
    for (size_t i = 0; i < n; i++)
        text_add_c(&text, piece);
    for (size_t i = 0; i < m; i++)
        text_add_c(&text, tail);
    struct str copy = arena_copy(arena, text_str(&text));
    text_free(&text);
    return copy;
}

static void depth_is_bounded(void)
{
    static const struct json_limits three = { .depth = 3 }, deep = { .depth = 5000 };
    static const struct json_limits deep_lenient = { .depth = 5000, .lenient = true };
    is_number(outcome(repeated("[", 32, "]", 32), NULL), ERROR_NONE, "32 levels are read");
    is_number(outcome(repeated("[", 33, "]", 33), NULL), ERROR_TOO_LARGE, "33 are too many");
    is_number(outcome(repeated("{\"a\":", 33, "", 0), NULL), ERROR_TOO_LARGE, "… of objects too");
    is_number(outcome(STR("[[[]],[[]],[[]]]"), &three), ERROR_NONE, "levels closed count no more");
    is_number(outcome(STR("[[[[]]]]"), &three), ERROR_TOO_LARGE, "the caller's depth holds");
    is_number(outcome(repeated("[", 5000, "]", 5000), &deep), ERROR_NONE, "5,000 if asked for");
    is_number(outcome(repeated("[", 5001, "]", 5001), &deep_lenient), ERROR_TOO_LARGE,
              "a lenient text is bounded too");
    is_number(outcome(repeated("[", 2000000, "", 0), NULL), ERROR_TOO_LARGE,
              "two million levels do no harm");
}

static void values_are_bounded(void)
{
    static const struct json_limits three = { .values = 3 };
    is_number(outcome(STR("[1,2]"), &three), ERROR_NONE, "three values of three");
    is_number(outcome(STR("[1,2,3]"), &three), ERROR_TOO_LARGE, "four are too many");
    is_number(outcome(STR("{\"a\":{\"b\":{}}}"), &three), ERROR_NONE, "keys are no values");
    is_number(outcome(repeated("[0", 1, ",0", 199998), NULL), ERROR_BAD_REQUEST, "unclosed");
    is_number(outcome(repeated("[0", 1, ",0", 200000), NULL), ERROR_TOO_LARGE, "200,000 usually");
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void many_keys_are_quick(void)
{
    struct text text = text_make(16 << 20);
    for (int i = 0; i < 100000; i++)
        text_addf(&text, "%s\"key%06d\":0", i ? "," : "{", i);
    text_add_c(&text, "}");
    double begun = seconds();
    is_number(outcome(text_str(&text), NULL), ERROR_NONE, "100,000 keys are read");
    ok(seconds() - begun < 2, "… in no quadratic time");
    text.at[text.len - 1] = ',';
    text_add_c(&text, "\"key050000\":0}");
    is_number(outcome(text_str(&text), NULL), ERROR_BAD_REQUEST, "one of them twice is found");
    text_free(&text);
}

static void long_tokens_are_quick(void)
{
    double begun = seconds();
    is_number(outcome(repeated("[\"", 1, "\\n", 1 << 20), NULL), ERROR_BAD_REQUEST, "2 MiB string");
    is_number(outcome(repeated("9", 1 << 20, "", 0), NULL), ERROR_BAD_REQUEST, "1 MiB of digits");
    is_number(outcome(repeated("\"\\ud800", 1, "\\ud800", 1 << 18),
                      &(struct json_limits){ .lenient = true }),
              ERROR_BAD_REQUEST, "262,144 lone surrogates");
    is_number(outcome(repeated("\"", 1, "\xff", 1 << 20), &(struct json_limits){ .lenient = true }),
              ERROR_BAD_REQUEST, "1 MiB of bad bytes");
    ok(seconds() - begun < 2, "… in no quadratic time");
}

/* From nothing to enough, byte by byte: an error or the tree, never a crash. */
static void every_arena_maximum_is_survived(void)
{
    static const char source[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\\u00e9 "
        "\\ud83d\\ude00\"},"
        "[[[[[[1,2.5e3,-7,123456789012345678901234567890123456789012345678901234567890123456789]]]]"
        "]]],"
        "\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":null,\"\\u0069\":true}";
    for (int lenient = 0; lenient <= 1; lenient++) {
        struct json_limits limits = { .lenient = lenient };
        struct str text = lenient ? STR("[\"\xff\",\"\\ud800 \\n\",{\"a\\n\":1}]") : STR(source);
        size_t max = 0;
        int wrong = 0, result = -1;
        for (; result < 0 && max < 1 << 20; max++) {
            struct arena *own = arena_new(max);
            struct json *tree = NULL;
            struct error err = { 0 };
            result = json_parse(own, text, &limits, &tree, &err);
            wrong += result < 0 ? err.kind != ERROR_TOO_LARGE || tree : !tree;
            arena_free(&own);
        }
        ok(result == 0 && max > 500 && !wrong, "every maximum below %zu is an error", max);
    }
}

int main(void)
{
    arena = arena_new(256 << 20);
    depth_is_bounded();
    values_are_bounded();
    many_keys_are_quick();
    long_tokens_are_quick();
    every_arena_maximum_is_survived();
    arena_free(&arena);
    return done();
}
