/* fail(): what it fills, where it cuts. */
#include "base/codec.h"
#include "base/error.h"
#include "base/str.h"
#include "tap.h"

static void test_filling(void)
{
    struct error err;
    memset(&err, 0x55, sizeof err);
    is_number(fail(&err, ERROR_CONFLICT, "turn_open", "a turn is under way in %s", "conv_1"), -1,
              "fail returns -1");
    ok(err.kind == ERROR_CONFLICT, "the kind");
    is_text(err.code, "turn_open", "the code");
    is_text(err.message, "a turn is under way in conv_1", "the message");
    ok(!err.type && !*err.param && !*err.log && !err.retry_after_ms && !err.retry_useless,
       "whatever *err held is gone");
    is_number(
        fail_param(&err, ERROR_BAD_REQUEST, "invalid_value", "messages[3].role", "no %s", "x"), -1,
        "fail_param returns -1");
    is_text(err.param, "messages[3].role", "the parameter");
    is_text(err.message, "no x", "and its message");
    fail(&err, ERROR_UNPROCESSABLE, "again", "again: %s", err.message);
    is_text(err.message, "again: no x", "the words may come from *err itself");
    fail(&err, ERROR_UNAVAILABLE, "database", "busy");
    ok(err.retry_after_ms > 0, "ERROR_UNAVAILABLE says when to try again");
}

/* n bytes of one character over and over. */
static const char *repeat(const char *character, size_t n)
{
    static char out[1024];
    for (size_t i = 0; i < n; i++)
        out[i] = character[i % strlen(character)];
    out[n] = '\0';
    return out;
}

static void test_cutting(void)
{
    static const char *const characters[] = { "a", "ä", "€", "😀" };
    int whole = 1, longest = 1;
    for (size_t c = 0; c < 4; c++) {
        size_t width = strlen(characters[c]);
        for (size_t lead = 0; lead < 4; lead++) {
            struct error err;
            const char *words = repeat(characters[c], 200 * width);
            fail_param(&err, ERROR_BAD_REQUEST, "x", words, "%.*s%s%s%s", (int)lead, "...", words,
                       words, words);
            error_note(&err, "%.*s%s%s%s", (int)lead, "...", words, words, words);
            struct str fields[] = { str_of(err.message), str_of(err.param), str_of(err.log) };
            size_t sizes[] = { sizeof err.message, sizeof err.param, sizeof err.log };
            for (int f = 0; f < 3; f++) {
                whole &= utf8_check(fields[f]) == fields[f].len;
                longest &= fields[f].len < sizes[f] && fields[f].len + width >= sizes[f];
            }
        }
    }
    ok(whole, "a field is never cut within a character");
    ok(longest, "a field is cut no sooner than it must");
    struct error err;
    fail(&err, ERROR_BAD_REQUEST, "x", "%s", repeat("ab", 511));
    is_number((int)strlen(err.message), 511, "511 bytes fit");
}

static void test_notes(void)
{
    struct error err;
    fail(&err, ERROR_INTERNAL, "x", "words");
    is_number(error_note(&err, "number %d", 1045), -1, "error_note returns -1");
    is_text(err.log, "number 1045", "the words for the log");
    error_note(&err, "while settling");
    is_text(err.log, "number 1045; while settling", "a second note stands behind the first");
    is_text(err.message, "words", "the client's words stay");
    ok(err.kind == ERROR_INTERNAL && !strcmp(err.code, "x"), "kind and code stay");
    for (int i = 0; i < 100; i++)
        error_note(&err, "%s", "€€€€");
    ok(strlen(err.log) < sizeof err.log && utf8_check(str_of(err.log)) == strlen(err.log),
       "notes without end stay within the field, on a boundary");
}

int main(void)
{
    test_filling();
    test_cutting();
    test_notes();
    return done();
}
