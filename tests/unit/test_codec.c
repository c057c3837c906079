/* base64url, hex and percent-encoding: strict, and back again. */
#include "base/codec.h"
#include "tap.h"

static struct arena *arena;

static void test_base64url_vectors(void)
{
    static const char *const vectors[][2] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy" },
        { "\xFB\xFF\xBF", "-_-_" },
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct str out;
        is_text(base64url_encode(arena, str_of(vectors[i][0])).at, vectors[i][1], "encoded: '%s'",
                vectors[i][1]);
        ok(base64url_decode(arena, str_of(vectors[i][1]), &out) && str_is(out, vectors[i][0]),
           "decoded: '%s'", vectors[i][1]);
    }
}

static void test_base64url_round(void)
{
    unsigned char bytes[300];
    int same = 1;
    for (int i = 0; i < 300; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct str in = { (char *)bytes, len }, out;
        struct str text = base64url_encode(arena, in);
        same &= base64url_decode(arena, text, &out) && str_equal(in, out);
        same &= strlen(text.at) == text.len && out.at[out.len] == '\0';
    }
    ok(same, "every length comes back, zero bytes too, with a NUL behind");
}

/* All texts of up to four characters from a few: what decodes must encode to the same text. */
static void test_base64url_canonical(void)
{
    static const char some[] = "AQgwZ9-_+/= \n.\x80";
    size_t n = sizeof some; /* with its NUL */
    int accepted = 0, twice = 0;
    for (size_t i = 0; i < n * n * n * n; i++) {
        char text[4] = { some[i % n], some[i / n % n], some[i / n / n % n], some[i / n / n / n] };
        for (size_t len = 1; len <= 4; len++) {
            struct str out;
            if (!base64url_decode(arena, (struct str){ text, len }, &out))
                continue;
            accepted++;
            twice += !str_equal(base64url_encode(arena, out), (struct str){ text, len });
        }
        arena_reset(arena);
    }
    ok(accepted > 1000, "some texts decode");
    is_number(twice, 0, "no byte string has a second text");
}

static void test_base64url_refusals(void)
{
    static const char *const bad[] = { "A",    "AAAAA", "Zg==",      "Zm8=", "Zh",
                                       "Zm9",  "Zm9v!", "+/+/",      " Zg",  "Zg\n",
                                       "====", "!!!!",  "Z\xC3\xA4g" };
    struct str out = STR("kept");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!base64url_decode(arena, str_of(bad[i]), &out), "refused: %s", bad[i]);
    struct arena *small = arena_new(16);
    static char many[100];
    memset(many, 'A', sizeof many);
    ok(!base64url_decode(small, (struct str){ many, 100 }, &out), "refused: over the maximum");
    ok(str_is(out, "kept"), "and the output is left alone");
    arena_free(&small);
}

static void test_base64(void)
{
    static const char *const vectors[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xFB\xFF\xBF", "+/+/" },
    };
    static const char *const bad[] = { "Zg",  "Zg=",  "Zg===", "=",    "====",
                                       "Zm8", "Zh==", "-_-_",  "Z g=", "Zm9v\n" };
    struct str out;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        is_text(base64_encode(arena, str_of(vectors[i][0])).at, vectors[i][1], "base64: '%s'",
                vectors[i][1]);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        ok(base64_decode(arena, str_of(vectors[i][1]), &out) && str_is(out, vectors[i][0]),
           "and back: '%s'", vectors[i][1]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!base64_decode(arena, str_of(bad[i]), &out), "no base64: '%s'", bad[i]);
    struct arena *small = arena_new(8);
    ok(!base64_decode(small, STR("Zm9vYmFyZm9vYmFy"), &out), "no room for it");
    arena_free(&small);
}

static void test_hex(void)
{
    unsigned char all[256], back[256];
    char text[513];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    hex_encode(all, 256, text);
    ok(!strncmp(text, "000102", 6) && !strcmp(text + 508, "feff"), "bytes as hex");
    ok(hex_decode(str_of(text), back, 256) && !memcmp(all, back, 256), "and back again");
    ok(hex_decode(STR(""), back, 0), "nothing is nothing");
    memset(back, 0x55, sizeof back);
    ok(!hex_decode(STR("0102"), back, 1) && !hex_decode(STR("01"), back, 2), "the length must fit");
    ok(!hex_decode(STR("010"), back, 1), "an odd length");
    ok(!hex_decode(STR("0A"), back, 1), "upper case");
    ok(!hex_decode(STR("01 2"), back, 2) && !hex_decode(STR("010g"), back, 2) &&
           !hex_decode(STR("01\0"
                           "0"),
                       back, 2) &&
           !hex_decode(STR("0x01"), back, 2),
       "anything else");
    ok(back[0] == 0x55, "a refusal leaves the output alone");
}

static void is_decoded(struct str text, struct str want)
{
    struct str out = { 0 };
    ok(percent_decode(arena, text, &out) && str_equal(out, want), "decoded: %.*s", STR_ARGS(text));
}

static void test_percent(void)
{
    is_decoded(STR(""), STR(""));
    is_decoded(STR("plain-text_1.~"), STR("plain-text_1.~"));
    is_decoded(STR("a%20b%2Fc%2fd"), STR("a b/c/d"));
    is_decoded(STR("%C3%A4"), STR("ä"));
    is_decoded(STR("%25%32%35"), STR("%25"));
    is_decoded(STR("a+b"), STR("a+b"));
    is_decoded(STR("%ff"), STR("\xFF"));
    static const char *const bad[] = { "%",    "%4",  "a%",    "a%4", "%zz",       "%4g", "%g4",
                                       "%%41", "%00", "a%00b", "% 1", "%\x10\x11", "%+1", "%-1" };
    struct str out = STR("kept");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!percent_decode(arena, str_of(bad[i]), &out), "refused: %s", bad[i]);
    ok(!percent_decode(arena, STR("a\0b"), &out), "refused: NUL as it is");
    ok(!percent_decode(arena, (struct str){ "%41", 2 }, &out), "refused: an escape cut at the end");
    ok(str_is(out, "kept"), "and the output is left alone");
    int wrong = 0;
    for (int c = 1; c < 256; c++) {
        char text[4];
        snprintf(text, sizeof text, c % 2 ? "%%%02x" : "%%%02X", (unsigned)c);
        wrong += !percent_decode(arena, str_of(text), &out) || out.len != 1 ||
                 (unsigned char)out.at[0] != c;
    }
    is_number(wrong, 0, "every byte but NUL can be escaped, in either case");
}

int main(void)
{
    arena = arena_new(1 << 20);
    test_base64url_vectors();
    test_base64url_round();
    test_base64url_canonical();
    test_base64url_refusals();
    test_base64();
    test_hex();
    test_percent();
    arena_free(&arena);
    return done();
}
