/* Checks what yajl would let pass in a text: overlong and otherwise bad UTF-8, lone surrogates and
 * NUL behind \u. A client's text is refused for it, a provider's is mended. */
#include "json_parser.h"

#include "mend.h"

#include "base/codec.h"

#define UNIT_BYTES 6 /* \uhhhh */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* The UTF-16 unit written as \uhhhh at this offset, or -1. */
static int unit_at(struct str text, size_t at)
{
    if (text.len < UNIT_BYTES || at > text.len - UNIT_BYTES)
        return -1;
    if (text.at[at] != '\\' || text.at[at + 1] != 'u')
        return -1;
    int unit = 0;
    for (int i = 2; i < UNIT_BYTES; i++) {
        int digit = hex_digit(text.at[at + (size_t)i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The offset of the first \uhhhh from `from` on that is a lone surrogate or, if asked for, NUL; the
 * text's length when there is none. Quotes need no regard: in JSON a backslash stands only within
 * strings, and elsewhere yajl refuses it. */
static size_t find_bad_unit(struct str text, size_t from, bool nul_too)
{
    while (from < text.len) {
        const char *backslash = memchr(text.at + from, '\\', text.len - from);
        if (!backslash)
            break;
        size_t at = (size_t)(backslash - text.at);
        int unit = unit_at(text, at);
        if (is_high(unit) && is_low(unit_at(text, at + UNIT_BYTES)))
            from = at + 2 * UNIT_BYTES;
        else if (is_high(unit) || is_low(unit) || (unit == 0 && nul_too))
            return at;
        else
            from = at + 2;
    }
    return text.len;
}

/* yajl takes form feed and vertical tab for white space. */
static int refuse_foreign_space(struct parser *p)
{
    const char *found = memchr(p->text.at, '\f', p->text.len);
    if (!found)
        found = memchr(p->text.at, '\v', p->text.len);
    return found ? complain(p, (size_t)(found - p->text.at), "a control character") : 0;
}

static int refuse_bad_spelling(struct parser *p)
{
    size_t bad = utf8_check(p->text);
    if (bad < p->text.len)
        return complain(p, bad, "bytes that are not UTF-8");
    bad = find_bad_unit(p->text, 0, true);
    if (bad < p->text.len && unit_at(p->text, bad) == 0)
        return complain(p, bad, "NUL in a string");
    return bad < p->text.len ? complain(p, bad, "half of a surrogate pair") : 0;
}

static void mend_bytes(struct parser *p)
{
    size_t n = mend_utf8(p->text, NULL);
    char *copy = parser_alloc(p, n + 1);
    mend_utf8(p->text, copy);
    p->text = (struct str){ copy, n };
}

static void mend_units(struct parser *p, size_t bad)
{
    char *copy = parser_alloc(p, p->text.len + 1);
    memcpy(copy, p->text.at, p->text.len);
    p->text.at = copy;
    while (bad < p->text.len) {
        memcpy(copy + bad, "\\ufffd", UNIT_BYTES);
        bad = find_bad_unit(p->text, bad + UNIT_BYTES, false);
    }
}

static void mend_spelling(struct parser *p)
{
    if (utf8_check(p->text) < p->text.len)
        mend_bytes(p);
    size_t bad = find_bad_unit(p->text, 0, false);
    if (bad < p->text.len)
        mend_units(p, bad);
}

int spelling_check(struct parser *p)
{
    if (refuse_foreign_space(p) < 0)
        return -1;
    if (!p->limits.lenient)
        return refuse_bad_spelling(p);
    mend_spelling(p);
    return 0;
}
