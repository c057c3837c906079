/* Strict UTF-8: every scalar, every sequence of up to three bytes, every invalid class. */
#include "base/codec.h"
#include "tap.h"

#include <stdint.h>

static struct arena *arena;

/* The encoding by the book, for a check from the other side. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80)
        return out[0] = (char)c, 1;
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static int is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

static void test_every_scalar(void)
{
    int good = 0, wrong = 0;
    for (uint32_t c = 0; c <= 0x1FFFFF; c++) {
        char text[4];
        size_t len = encode(c, text);
        int scalar = c <= 0x10FFFF && !is_surrogate(c);
        int accepted = utf8_check((struct str){ text, len }) == len;
        good += accepted;
        wrong += accepted != scalar;
    }
    is_number(good, 1112064, "1,112,064 scalars are good");
    is_number(wrong, 0, "and no surrogate, and nothing above U+10FFFF");
}

/* The shortest encoding is the only one: whatever is accepted is what encode() makes. */
static void test_every_short_sequence(void)
{
    int accepted[4] = { 0 }, want[4] = { 0, 128, 1920, 61440 };
    for (uint32_t v = 0; v < 1u << 24; v++) {
        char text[3] = { (char)(v >> 16), (char)(v >> 8), (char)v };
        size_t len = v < 0x100 ? 1 : v < 0x10000 ? 2 : 3;
        const char *at = text + 3 - len;
        if (len > 1 && (unsigned char)at[0] < 0x80)
            continue; /* begins with a character of one byte */
        if (utf8_check((struct str){ at, len }) == len)
            accepted[len]++;
        if (len == 3 && (unsigned char)at[0] >= 0xC0 && (unsigned char)at[0] < 0xE0)
            accepted[3] -= utf8_check((struct str){ at, 3 }) == 3; /* two bytes and one */
    }
    for (int len = 1; len <= 3; len++)
        is_number(accepted[len], want[len], "characters of %d bytes", len);
}

struct bad {
    const char *what;
    struct str text;
    size_t at;
    const char *repaired;
};
#define BAD(what, text, at, repaired)                                                              \
    {                                                                                              \
        what, { text, sizeof(text) - 1 }, at, repaired                                             \
    }
#define R "\xEF\xBF\xBD"

static const struct bad classes[] = {
    BAD("a continuation byte alone", "a\x80z", 1, "a" R "z"),
    BAD("the last one alone", "a\xBFz", 1, "a" R "z"),
    BAD("two of them", "\x80\xBF", 0, R R),
    BAD("NUL overlong", "\xC0\x80", 0, R R),
    BAD("a slash overlong in two", "\xC0\xAF", 0, R R),
    BAD("the highest overlong of two", "\xC1\xBF", 0, R R),
    BAD("a slash overlong in three", "\xE0\x80\xAF", 0, R R R),
    BAD("the highest overlong of three", "\xE0\x9F\xBF", 0, R R R),
    BAD("a slash overlong in four", "\xF0\x80\x80\xAF", 0, R R R R),
    BAD("the highest overlong of four", "\xF0\x8F\xBF\xBF", 0, R R R R),
    BAD("five bytes", "\xF8\x88\x80\x80\x80", 0, R R R R R),
    BAD("six bytes", "\xFC\x84\x80\x80\x80\x80", 0, R R R R R R),
    BAD("FE", "x\xFE", 1, "x" R),
    BAD("FF", "x\xFF", 1, "x" R),
    BAD("the first surrogate", "\xED\xA0\x80", 0, R R R),
    BAD("the last surrogate", "\xED\xBF\xBF", 0, R R R),
    BAD("a surrogate pair", "\xED\xA0\xBD\xED\xB8\x80", 0, R R R R R R),
    BAD("above U+10FFFF", "\xF4\x90\x80\x80", 0, R R R R),
    BAD("F5", "\xF5\x80\x80\x80", 0, R R R R),
    BAD("two bytes, broken off at the end", "ab\xC3", 2, "ab" R),
    BAD("three bytes, one at the end", "ab\xE2", 2, "ab" R),
    BAD("three bytes, two at the end", "ab\xE2\x82", 2, "ab" R),
    BAD("four bytes, one at the end", "ab\xF0", 2, "ab" R),
    BAD("four bytes, two at the end", "ab\xF0\x9F", 2, "ab" R),
    BAD("four bytes, three at the end", "ab\xF0\x9F\x98", 2, "ab" R),
    BAD("two bytes, broken off by ASCII",
        "\xC3"
        "b",
        0, R "b"),
    BAD("three bytes, broken off by ASCII",
        "\xE2\x82"
        "b",
        0, R "b"),
    BAD("four bytes, broken off by ASCII",
        "\xF0\x9F\x98"
        "b",
        0, R "b"),
    BAD("broken off by NUL", "\xE2\x82\0x", 0, NULL),
    BAD("broken off by a character", "\xF0\x9F\xC3\xA4", 0, R "ä"),
    BAD("broken off by the same again", "\xE2\x82\xE2\x82\xAC", 0, R "€"),
    BAD("Latin-1", "f\xFCr", 1, "f" R "r"),
    BAD("UTF-16 with its mark",
        "\xFF\xFE"
        "a",
        0, R R "a"),
    BAD("behind eight good bytes", "12345678\xFF", 8, "12345678" R),
    BAD("behind good characters", "äöü€😀\x80", 13, "äöü€😀" R),
    /* Unicode 15, table 3-8 and the two above it */
    BAD("Unicode's table 3-8", "\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 0, R R R R R R R R "A"),
    BAD("Unicode's table 3-9", "\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 0, R R R R R R R R "A"),
    BAD("Unicode's table 3-10", "\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 0, R R R R R "A" R R "B"),
    BAD("Unicode's table 3-11", "\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 0, R R R R "A"),
};

static void test_classes(void)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const struct bad *bad = &classes[i];
        struct str repaired = utf8_repair(arena, bad->text);
        is_number((long long)utf8_check(bad->text), (long long)bad->at, "%s: found", bad->what);
        ok(utf8_check(repaired) == repaired.len, "%s: repaired, it is good", bad->what);
        if (bad->repaired)
            is_text(repaired.at, bad->repaired, "%s: repaired as browsers do", bad->what);
    }
    ok(str_equal(utf8_repair(arena, STR("\xE2\x82\0x")), STR(R "\0x")), "a NUL is kept");
}

/* The same answer from pieces too short for looking at eight bytes at once. */
static size_t slow_check(struct str text)
{
    size_t at = 0, n;
    while (at < text.len) {
        for (n = 1; n <= 4 && n <= text.len - at; n++) {
            if (utf8_check((struct str){ text.at + at, n }) == n)
                break;
        }
        if (n > 4 || n > text.len - at)
            break;
        at += n;
    }
    return at;
}

/* Whatever the bytes and wherever they lie among the eight that are looked at at once. */
static void test_random_bytes(void)
{
    static const unsigned char some[] = {
        'a', 0x80, 0x9F, 0xBF, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4
    };
    uint32_t seed = 1;
    int wrong = 0;
    for (int round = 0; round < 200000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = seed >> 31 ? 'a' : (char)some[(seed >> 8) % sizeof some];
        }
        struct str text = { bytes, sizeof bytes }, repaired = utf8_repair(arena, text);
        size_t bad = utf8_check(text);
        wrong += utf8_check(repaired) != repaired.len || repaired.len > 3 * text.len;
        wrong += memcmp(repaired.at, bytes, bad) != 0;
        wrong += bad != slow_check(text);
        wrong += bad < sizeof bytes && memcmp(repaired.at + bad, R, 3) != 0;
        arena_reset(arena);
    }
    is_number(wrong, 0,
              "200,000 texts: good in front of the fault, replaced at it, good when repaired");
}

static void test_cut(void)
{
    struct str text = STR("aä€😀");
    static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
    for (size_t max = 0; max < sizeof want / sizeof want[0]; max++)
        is_number((long long)utf8_cut(text, max).len, (long long)want[max], "cut at %zu", max);
    ok(utf8_cut(text, 3).at == text.at, "a cut borrows");
    ok(utf8_cut(STR("\x80\x80\x80\x80\x80"), 3).len <= 3, "bad text is cut somewhere");
    ok(utf8_cut((struct str){ 0 }, 3).at == NULL, "absent stays absent");
}

static void test_edges(void)
{
    ok(utf8_check((struct str){ 0 }) == 0 && utf8_check(STR("")) == 0, "nothing is good");
    is_number((long long)utf8_check(STR("a\0b")), 3, "NUL is a character");
    struct str good = STR("für 12 € 😀, lang genug"), copy = utf8_repair(arena, good);
    ok(str_equal(good, copy) && copy.at != good.at, "good text is copied as it is");
    ok(utf8_repair(arena, (struct str){ 0 }).at == NULL, "absent stays absent");
}

int main(void)
{
    arena = arena_new(1 << 20);
    test_every_scalar();
    test_every_short_sequence();
    test_classes();
    test_random_bytes();
    test_cut();
    test_edges();
    arena_free(&arena);
    return done();
}
