/* json/write.h: what is written is JSON, whatever it is given. */
#include "json/read.h"
#include "json/write.h"

#include "tap.h"

static struct arena *arena;
static struct text out;

static struct json_writer *begin(void)
{
    text_free(&out);
    return json_writer_new(arena, &out);
}

static void every_kind_of_value(void)
{
    struct json_writer *w = begin();
    json_object_open(w);
    json_text_member(w, "t", STR("hi"));
    json_text_member(w, "absent", (struct str){ 0 });
    json_text_member(w, "empty", STR(""));
    json_c_member(w, "c", "c");
    json_c_member(w, "none", NULL);
    json_integer_member(w, "max", INT64_MAX);
    json_integer_member(w, "min", INT64_MIN);
    json_bool_member(w, "yes", true);
    json_bool_member(w, "no", false);
    json_time_member(w, "at", 1700000000123);
    json_time_member(w, "never", 0);
    json_raw_member(w, "raw", STR("{\"x\":[1]}"));
    json_raw_member(w, "raw_absent", (struct str){ 0 });
    json_key(w, "list");
    json_array_open(w);
    json_put_integer(w, -1);
    json_put_bool(w, true);
    json_put_null(w);
    json_put_text(w, STR("x"));
    json_put_raw(w, STR("1.50"));
    json_object_open(w);
    json_object_close(w);
    json_array_open(w);
    json_array_close(w);
    json_array_close(w);
    json_object_close(w);
    is_text(out.at,
            "{\"t\":\"hi\",\"absent\":null,\"empty\":\"\",\"c\":\"c\",\"none\":null,"
            "\"max\":9223372036854775807,\"min\":-9223372036854775808,\"yes\":true,\"no\":false,"
            "\"at\":\"2023-11-14T22:13:20.123Z\",\"never\":null,\"raw\":{\"x\":[1]},"
            "\"raw_absent\":null,\"list\":[-1,true,null,\"x\",1.50,{},[]]}",
            "every kind of value");
    ok(!out.over, "… and nothing was over");
}

/* What is written comes back the same through the strict reader. */
static void every_byte_survives(void)
{
    char bytes[0x80];
    for (int i = 0; i < 0x80; i++)
        bytes[i] = (char)(i + 1);
    bytes[0x7f] = '/';
    struct str text = { bytes, sizeof bytes };
    struct json_writer *w = begin();
    json_put_text(w, text);
    struct json *tree = NULL;
    struct error err = { 0 };
    ok(json_parse(arena, text_str(&out), NULL, &tree, &err) == 0 && str_equal(tree->text, text),
       "every ASCII character survives");
    w = begin();
    json_put_text(w, STR("a\0b"));
    is_text(out.at, "\"a\\u0000b\"", "NUL is escaped");
    w = begin();
    json_put_text(w, STR("caf\xc3\xa9 \xf0\x9f\x98\x80"));
    is_text(out.at, "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"", "UTF-8 stays as it is");
}

static void bad_utf8_is_mended(void)
{
    struct json_writer *w = begin();
    json_array_open(w);
    json_put_text(w, STR("a\xff"));
    json_put_text(w, STR("\xed\xa0\x80"));
    json_put_text(w, STR("\xc0\x80"));
    json_put_text(w, STR("\xe2\x82"));
    json_array_close(w);
    is_text(out.at, "[\"a\xef\xbf\xbd\",\"\xef\xbf\xbd\",\"\xef\xbf\xbd\",\"\xef\xbf\xbd\"]",
            "bad UTF-8 becomes U+FFFD");
    struct arena *small = arena_new(4096);
    text_free(&out);
    w = json_writer_new(small, &out);
    char bad[8192];
    memset(bad, 0xff, sizeof bad);
    json_put_text(w, (struct str){ bad, sizeof bad });
    ok(out.over, "what the arena has no room to mend is over, not the end of the process");
    arena_free(&small);
}

static void a_limit_is_seen_at_the_end(void)
{
    struct text little = text_make(10);
    struct json_writer *w = json_writer_new(arena, &little);
    json_object_open(w);
    json_c_member(w, "key", "longer than ten bytes");
    json_object_close(w);
    ok(little.over && little.len <= 10, "the text's maximum holds and shows");
    text_free(&little);
}

static void key_twice(struct json_writer *w)
{
    json_object_open(w);
    json_key(w, "a");
    json_key(w, "b");
}

static void key_without_value(struct json_writer *w)
{
    json_object_open(w);
    json_key(w, "a");
    json_object_close(w);
}

static void value_without_key(struct json_writer *w)
{
    json_object_open(w);
    json_put_integer(w, 1);
}

static void string_without_key(struct json_writer *w)
{
    json_object_open(w);
    json_put_text(w, STR("a"));
}

static void array_closed_as_object(struct json_writer *w)
{
    json_array_open(w);
    json_object_close(w);
}

static void closed_once_too_often(struct json_writer *w)
{
    json_array_open(w);
    json_array_close(w);
    json_array_close(w);
}

static void two_values(struct json_writer *w)
{
    json_put_integer(w, 1);
    json_put_integer(w, 2);
}

static void key_in_an_array(struct json_writer *w)
{
    json_array_open(w);
    json_key(w, "a");
}

static void endless_depth(struct json_writer *w)
{
    for (int i = 0; i < 1000; i++)
        json_array_open(w);
}

static void misuse_spoils_the_text(void)
{
    static void (*const misuses[])(struct json_writer * w) = {
        key_twice,          key_without_value,      value_without_key,
        string_without_key, array_closed_as_object, closed_once_too_often,
        two_values,         key_in_an_array,        endless_depth,
    };
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        struct json_writer *w = begin();
        misuses[i](w);
        ok(out.over, "misuse %zu spoils the text", i);
    }
}

int main(void)
{
    arena = arena_new(1 << 20);
    out = text_make(1 << 20);
    every_kind_of_value();
    every_byte_survives();
    bad_utf8_is_mended();
    a_limit_is_seen_at_the_end();
    misuse_spoils_the_text();
    text_free(&out);
    arena_free(&arena);
    return done();
}
