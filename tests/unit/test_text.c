/* The growable text: its maximum, its NUL, its overflow that stays. */
#include "base/str.h"
#include "tap.h"

#include <stdint.h>

static void test_growing(void)
{
    struct text t = text_make(100000);
    ok(t.at == NULL && text_str(&t).at != NULL && text_str(&t).len == 0, "it begins empty");
    int nul_everywhere = 1;
    for (int i = 0; i < 50000; i++) {
        text_add(&t, STR("ab"));
        nul_everywhere &= t.at[t.len] == '\0';
    }
    ok(t.len == 100000 && !t.over, "it holds exactly its maximum");
    ok(nul_everywhere, "a NUL stands behind the bytes after every append");
    ok(!memcmp(t.at, "abab", 4) && !memcmp(t.at + 99996, "abab", 4), "growing keeps the bytes");
    text_add(&t, STR(""));
    ok(!t.over, "nothing fits in where nothing is left");
    text_add(&t, STR("c"));
    ok(t.over && t.len == 100000, "one more byte is over, and changes nothing");
    text_free(&t);
    ok(!t.at && !t.len && !t.over && t.max == 100000, "freed, it is empty with the same maximum");
}

static void test_overflow_stays(void)
{
    struct text t = text_make(5);
    text_add_c(&t, "abc");
    text_add_c(&t, "def");
    text_add_c(&t, "g");
    is_text(t.at, "abc", "after a piece was lost no later one is appended");
    ok(t.over, "and it still says so");
    text_clear(&t);
    ok(!t.over && t.len == 0 && t.at[0] == '\0', "cleared, it is empty and no longer over");
    text_addf(&t, "%d-%s", 12, "ab");
    is_text(t.at, "12-ab", "printf up to the maximum");
    text_addf(&t, "%s", "x");
    ok(t.over && !strcmp(t.at, "12-ab"), "printf over the maximum changes nothing");
    text_free(&t);
}

static void test_kinds_of_pieces(void)
{
    struct text t = text_make(1000);
    text_add(&t, STR("a\0b"));
    text_add(&t, (struct str){ 0 });
    text_add_c(&t, NULL);
    ok(t.len == 3 && !memcmp(t.at, "a\0b", 4), "zero bytes are kept, absent pieces add nothing");
    text_addf(&t, "%0200d", 7);
    ok(t.len == 203 && t.at[202] == '7' && t.at[203] == '\0', "printf grows the text");
    text_free(&t);

    struct text none = { 0 };
    text_add_c(&none, "a");
    ok(none.over && !none.at, "a text that was given no maximum takes nothing");

    struct text huge = text_make(SIZE_MAX);
    text_add_c(&huge, "abc");
    text_add(&huge, (struct str){ "x", SIZE_MAX - 2 });
    ok(huge.over && huge.len == 3, "lengths that would wrap are over");
    text_free(&huge);
}

int main(void)
{
    test_growing();
    test_overflow_stays();
    test_kinds_of_pieces();
    return done();
}
