/* Every class of JSON text, of tests/json_cases.txt: what RFC 8259 allows is read, the rest is
 * refused with its place, from exactly as many bytes as there are. */
#include "bar.h"
#include "json/read.h"

#define LINE_MAX_BYTES 8192

static struct arena *arena;
static long valid, valid_read, invalid, invalid_placed;

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c);
    return c && at ? (int)(at - digits) : -1;
}

/* In a block of its own, so that a sanitizer sees a read beyond it; free it. */
static struct str written(const char *text)
{
    char *bytes = malloc(strlen(text) + 1);
    size_t n = 0;
    if (!bytes)
        abort();
    for (; *text; text++) {
        bool is_byte = *text == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0;
        bytes[n++] = is_byte ? (char)(hex(text[1]) << 4 | hex(text[2])) : *text;
        text += is_byte ? 2 : 0;
    }
    char *exact = realloc(bytes, n ? n : 1);
    return (struct str){ exact ? exact : bytes, n };
}

static void read_valid(const char *text, const struct json *tree, const struct error *err,
                       int status)
{
    bool good = !status && tree;
    valid++;
    valid_read += good;
    if (!good)
        ok(0, "is read: %s (%s)", text, err->message);
}

static void refuse(const char *text, const char *verdict, int place, const struct error *err,
                   int status)
{
    bool is_large = !strcmp(verdict, "large");
    char words[32];
    snprintf(words, sizeof words, "byte %d: ", place);
    bool good = status && err->kind == (is_large ? ERROR_TOO_LARGE : ERROR_BAD_REQUEST) &&
                !strcmp(err->code, is_large ? "json_too_large" : "invalid_json") &&
                !strncmp(err->message, words, strlen(words)) && err->message[strlen(words)];
    invalid++;
    invalid_placed += good;
    if (!good)
        ok(0, "is refused at byte %d: %s (%s)", place, text, status ? err->message : "read");
}

static void try_line(char *line)
{
    char verdict[16] = "", place[16] = "";
    int text = 0;
    line[strcspn(line, "\n")] = 0;
    if (*line == '#' || sscanf(line, "%15s %15s%n", verdict, place, &text) < 2)
        return;
    struct json *tree = NULL;
    struct error err = { 0 };
    struct str bytes = written(line[text] == ' ' ? line + text + 2 : line + text);
    int status = json_parse(arena, bytes, NULL, &tree, &err);
    if (!strcmp(verdict, "ok"))
        read_valid(line, tree, &err, status);
    else
        refuse(line, verdict, atoi(place), &err, status);
    arena_reset(arena);
    free((char *)(uintptr_t)bytes.at);
}

int main(void)
{
    char line[LINE_MAX_BYTES];
    FILE *cases = fopen("tests/json_cases.txt", "r");
    arena = arena_new(16 << 20);
    while (cases && fgets(line, sizeof line, cases))
        try_line(line);
    if (cases)
        fclose(cases);
    bar("B2", "valid JSON texts are read", valid_read, valid);
    bar("B2", "other texts are refused, and the place is named", invalid_placed, invalid);
    ok(valid > 100 && invalid > 300, "of many classes");
    arena_free(&arena);
    return done();
}
