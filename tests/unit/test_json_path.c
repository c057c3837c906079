/* json/read.h: look-ups chain over what is not there. */
#include "json/read.h"

#include "tap.h"

static struct arena *arena;

static struct json *parse(const char *text)
{
    struct json *tree = NULL;
    struct error err = { 0 };
    json_parse(arena, str_of(text), NULL, &tree, &err);
    return tree;
}

static void look_ups_chain(void)
{
    struct json *tree = parse("{\"choices\":[{\"delta\":{\"content\":\"hi\"}}],\"n\":null}");
    struct json *delta = json_member(json_at(json_member(tree, "choices"), 0), "delta");
    ok(str_is(json_text(json_member(delta, "content")), "hi"), "a path is followed to its text");
    ok(!json_member(json_at(json_member(tree, "none"), 3), "x"), "a path to nowhere is NULL");
    ok(!json_member(NULL, "x") && !json_at(NULL, 0), "NULL in gives NULL out");
    ok(!json_at(json_member(tree, "choices"), 1), "an index behind the last is NULL");
    ok(!json_member(json_member(tree, "choices"), "delta"), "an array has no members");
    ok(!json_at(tree, 0), "an object has no elements");
    ok(!json_member(tree, "choice") && !json_member(tree, "choicesx"), "keys match whole");
}

static void absence_has_one_face(void)
{
    struct json *tree = parse("{\"n\":null,\"f\":false,\"z\":0,\"e\":\"\"}");
    ok(!json_is_set(NULL) && !json_is_set(json_member(tree, "n")), "absent and null are not set");
    ok(json_is_set(json_member(tree, "f")) && json_is_set(json_member(tree, "z")) &&
           json_is_set(json_member(tree, "e")),
       "false, 0 and \"\" are");
    ok(json_text(json_member(tree, "e")).at, "an empty string's text is not absent");
    ok(!json_text(json_member(tree, "z")).at && !json_text(NULL).at, "no string has no text");
}

struct integer_case {
    const char *text;
    int64_t want;
};

static void integers(void)
{
    static const struct integer_case cases[] = {
        { "7", 7 },
        { "-7", -7 },
        { "7.0", 7 },
        { "1e3", 1000 },
        { "-0.0", 0 },
        { "7.5", -99 },
        { "1e-1", -99 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "-9223372036854775808.0", INT64_MIN },
        { "9223372036854775808", -99 },
        { "-9223372036854777856", -99 },
        { "1e300", -99 },
        { "\"7\"", -99 },
        { "null", -99 },
        { "true", -99 },
        { "[7]", -99 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        is_number(json_integer(parse(cases[i].text), -99), cases[i].want, "integer of %s",
                  cases[i].text);
    is_number(json_integer(NULL, -99), -99, "integer of nothing");
}

int main(void)
{
    arena = arena_new(1 << 20);
    look_ups_chain();
    absence_has_one_face();
    integers();
    arena_free(&arena);
    return done();
}
