/* A conversation's title: its first words, without markup, 60 characters at most, cut between
 * words. */
#include "chat/prompt.h"
#include "tap.h"

static struct arena *arena;

static const char *title(const char *text)
{
    return title_of(arena, str_of(text)).at;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* The text's beginning, whole words, and an ellipsis. */
static bool is_cut_of(const char *got, const char *text)
{
    size_t len = strlen(got), mark = strlen("…");
    return len > mark && !strcmp(got + len - mark, "…") && !strncmp(got, text, len - mark);
}

static void short_ones_stay(void)
{
    is_text(title("What is a bond?"), "What is a bond?", "a short question is its own title");
    is_text(title("  \t\r\n\n What is a bond?  \r\n"), "What is a bond?", "blanks around it go");
    is_text(title("First line\nSecond line"), "First line", "only the first line counts");
    is_text(title("First line\r\nSecond line"), "First line", "whatever ends it");
    char sixty[61];
    memset(sixty, 'x', 60);
    sixty[60] = '\0';
    is_text(title(sixty), sixty, "60 characters are not cut");
}

static void markup_goes(void)
{
    is_text(title("# A heading"), "A heading", "a heading");
    is_text(title("### **Bold heading**"), "Bold heading", "a bold one");
    is_text(title("> quoted words"), "quoted words", "a quotation");
    is_text(title("- an item\n- another"), "an item", "a list");
    is_text(title("`code`"), "code", "code");
    is_text(title("\"In quotes\""), "In quotes", "quotation marks");
    is_text(title("| a cell | b |"), "a cell | b |", "a table");
    is_text(title("---\n\n***\nWords at last"), "Words at last", "rules and empty lines before");
    is_text(title("snake_case and 2*3 stay"), "snake_case and 2*3 stay",
            "inside words nothing goes");
}

static void no_words_no_title(void)
{
    is_text(title(""), "", "nothing");
    is_text(title(" \n\t\r\n "), "", "blanks");
    is_text(title("``` \n ```"), "", "an empty code fence");
    is_text(title("# \n## \n---"), "", "markup alone");
}

static void long_ones_are_cut(void)
{
    const char *words =
        "Please explain the difference between a government bond and a corporate bond";
    const char *got = title(words);
    is_text(got, "Please explain the difference between a government bond and…", "cut at a blank");
    ok(is_cut_of(got, words), "the beginning of the text and an ellipsis");
    ok(characters(got) <= 60, "at most 60 characters with the ellipsis (%zu)", characters(got));
    char run[400] = "";
    for (int i = 0; i < 100; i++)
        strcat(run, "债");
    got = title(run);
    ok(is_cut_of(got, run), "a language without blanks is cut between characters");
    ok(characters(got) <= 60, "at most 60 of them (%zu)", characters(got));
    ok(characters(got) >= 55, "and not many fewer (%zu)", characters(got));
    char faces[600] = "";
    for (int i = 0; i < 100; i++)
        strcat(faces, "🙂");
    got = title(faces);
    ok(is_cut_of(got, faces) && characters(got) <= 60, "emoji are cut whole");
    char tail[200] = "Hi ";
    memset(tail + 3, 'x', 150);
    tail[153] = '\0';
    ok(characters(title(tail)) >= 55, "a blank near the beginning is not where it is cut");
}

static void every_length_is_right(void)
{
    int wrong = 0;
    char text[200];
    for (size_t n = 1; n < 150; n++) {
        for (size_t i = 0; i < n; i++)
            text[i] = i % 7 == 6 ? ' ' : 'a';
        text[n] = '\0';
        wrong += characters(title(text)) > 60 || !*title(text);
    }
    is_number(wrong, 0, "no length gives more than 60 characters");
}

static void broken_bytes_are_mended(void)
{
    is_text(title("ab\xff\xfe"), "ab\xef\xbf\xbd\xef\xbf\xbd", "bad UTF-8 becomes U+FFFD");
    struct str zeros = { "a\0b", 3 };
    ok(title_of(arena, zeros).at != NULL, "a NUL within is survived");
    struct str first = title_of(arena, (struct str){ "\0b", 2 });
    ok(first.len == 2 && !memcmp(first.at, "\0b", 2), "a NUL in front is no markup");
    struct str same = title_of(arena, STR("own"));
    ok(same.at[same.len] == '\0', "a title ends with NUL");
}

int main(void)
{
    arena = arena_new(1 << 20);
    short_ones_stay();
    markup_goes();
    no_words_no_title();
    long_ones_are_cut();
    every_length_is_right();
    broken_bytes_are_mended();
    arena_free(&arena);
    return done();
}
