/* Strict UTF-8, for everything that comes from outside and everything cut to a size. */
#include "base/codec.h"

#include "utf8.h"

#include <stdint.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Unicode's table 3-7: what a first byte asks of the second; the others are 80..BF. */
struct first_byte {
    unsigned char count, second_min, second_max;
};

static struct first_byte first_byte_of(unsigned char c)
{
    if (c < 0x80)
        return (struct first_byte){ 1, 0, 0 };
    if (c < 0xC2 || c > 0xF4)
        return (struct first_byte){ 0, 0, 0 };
    if (c < 0xE0)
        return (struct first_byte){ 2, 0x80, 0xBF };
    if (c < 0xF0)
        return (struct first_byte){ 3, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF };
    return (struct first_byte){ 4, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF };
}

size_t utf8_next(struct str text, size_t at, bool *good)
{
    const unsigned char *p = (const unsigned char *)text.at + at;
    struct first_byte first = first_byte_of(p[0]);
    size_t n = 1;
    while (n < first.count && n < text.len - at) {
        unsigned char min = n == 1 ? first.second_min : 0x80;
        unsigned char max = n == 1 ? first.second_max : 0xBF;
        if (p[n] < min || p[n] > max)
            break;
        n++;
    }
    *good = n == first.count;
    return n;
}

/* Most text is ASCII: eight bytes at a time. */
static size_t skip_ascii(struct str text, size_t at)
{
    uint64_t eight;
    while (text.len - at >= sizeof eight) {
        memcpy(&eight, text.at + at, sizeof eight);
        if (eight & 0x8080808080808080u)
            break;
        at += sizeof eight;
    }
    return at;
}

static size_t check_from(struct str text, size_t at)
{
    while ((at = skip_ascii(text, at)) < text.len) {
        bool good;
        size_t n = utf8_next(text, at, &good);
        if (!good)
            break;
        at += n;
    }
    return at;
}

size_t utf8_check(struct str text)
{
    return check_from(text, 0);
}

/* Writes into out, where there is one; returns the length either way. */
static size_t repair_into(struct str text, char *out)
{
    size_t len = 0, at = 0;
    while (at < text.len) {
        size_t bad = check_from(text, at);
        if (out)
            memcpy(out + len, text.at + at, bad - at);
        len += bad - at;
        at = bad;
        if (at == text.len)
            break;
        bool good;
        at += utf8_next(text, at, &good);
        if (out)
            memcpy(out + len, REPLACEMENT, 3);
        len += 3;
    }
    return len;
}

struct str utf8_repair(struct arena *arena, struct str text)
{
    if (!text.at)
        return text;
    size_t len = repair_into(text, NULL);
    char *out = arena_alloc(arena, len + 1);
    repair_into(text, out);
    return (struct str){ out, len };
}

size_t utf8_whole(struct str text)
{
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        unsigned char c = (unsigned char)text.at[text.len - back];
        if (c >= 0xC0)
            return first_byte_of(c).count > back ? text.len - back : text.len;
        if (c < 0x80)
            break;
    }
    return text.len;
}

struct str utf8_cut(struct str text, size_t max_bytes)
{
    if (text.len <= max_bytes)
        return text;
    text.len = max_bytes;
    text.len = utf8_whole(text);
    return text;
}
