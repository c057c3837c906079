/* Vectors pass as they came, or in their other spelling; what is no vector does not. */
#include "vectors.h"
#include "tap.h"

static struct arena *arena;

/* The member "v" of a text, as it is written; "no vector", or "unreadable". */
static const char *put(const char *json, bool base64)
{
    struct vectors vectors;
    struct json *root;
    struct error err;
    if (!vectors_fold(arena, str_of(json), &vectors) ||
        json_parse(arena, vectors.folded, NULL, &root, &err) != 0)
        return "unreadable";
    struct text out = text_make(4 << 20);
    struct json_writer *w = json_writer_new(arena, &out);
    bool good = vector_put(w, &vectors, json_member(root, "v"), base64);
    const char *said = good ? arena_copy(arena, text_str(&out)).at : "no vector";
    text_free(&out);
    return said;
}

static void both_spellings(void)
{
    is_text(put("{\"v\":[0.5, -1,2e0]}", false), "[0.5, -1,2e0]", "numbers as they came");
    is_text(put("{\"v\":[0.5, -1,2e0]}", true), "\"AAAAPwAAgL8AAABA\"", "the same as base64");
    is_text(put("{\"v\":\"AAAAPwAAgL8AAABA\"}", true), "\"AAAAPwAAgL8AAABA\"", "base64 as it came");
    is_text(put("{\"v\":\"AAAAPwAAgL8AAABA\"}", false), "[0.5,-1,2]", "the same as numbers");
    is_text(put("{\"v\":\"zczMPQ==\"}", false), "[0.100000001]", "no digit of a float is lost");
    is_text(put("{\"v\":[0.1]}", true), "\"zczMPQ==\"", "back again");
    is_text(put("{\"v\":[\n  1,\n  2\n]}", true), "\"AACAPwAAAEA=\"", "however it is laid out");
    is_text(put("{\"a\":\"[1,2]\",\"b\":\"\\\"[1]\",\"v\":[1]}", false), "[1]",
            "what stands in a text is no list");
    is_text(put("{\"a\":[[1],[2]],\"v\":[3]}", false), "[3]", "lists within lists");
}

static void no_vectors(void)
{
    static const char *const none[] = {
        "{}",
        "{\"v\":null}",
        "{\"v\":1}",
        "{\"v\":[]}",
        "{\"v\":[[1]]}",
        "{\"v\":[1,\"a\"]}",
        "{\"v\":[1,]}",
        "{\"v\":[,1]}",
        "{\"v\":[1 2]}",
        "{\"v\":[01]}",
        "{\"v\":[+1]}",
        "{\"v\":[.5]}",
        "{\"v\":[1.]}",
        "{\"v\":[1e]}",
        "{\"v\":[-]}",
        "{\"v\":[1e99]}",
        "{\"v\":\"\"}",
        "{\"v\":\"AAAA\"}",
        "{\"v\":\"AAAAPw=\"}",
        "{\"v\":\"AAAAP-AA\"}",
        "{\"v\":\"0.5,1\"}",
        "{\"v\":\"AACAfw==\"}", /* infinity */
        "{\"v\":\"AADAfw==\"}", /* no number */
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const char *said = put(none[i], false);
        ok(!strcmp(said, "no vector") || !strcmp(said, "unreadable"), "no vector: %s (%s)", none[i],
           said);
    }
    static const char *const broken[] = { "", "[", "{\"v\":[1", "{\"v\":\"", "{\"v\":\"\\" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        is_text(put(broken[i], false), "unreadable", "broken off: %s", broken[i]);
}

static void many_numbers(void)
{
    struct text json = text_make(16 << 20);
    text_add_c(&json, "{\"v\":[1");
    for (int i = 0; i < 300000; i++)
        text_add_c(&json, ",0.25");
    text_add_c(&json, "]}");
    is_number((long long)strlen(put(text_str(&json).at, true)), (300001 * 4 + 2) / 3 * 4 + 2,
              "more numbers than a tree would hold");
    text_free(&json);
}

int main(void)
{
    arena = arena_new(256 << 20);
    both_spellings();
    no_vectors();
    many_numbers();
    arena_free(&arena);
    return done();
}
