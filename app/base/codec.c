/* base64url, hex and percent-encoding, for tokens, digests and addresses. */
#include "base/codec.h"

#include <stdint.h>

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(struct arena *arena, struct str text, struct str *out)
{
    if (text.len % 4 == 1)
        return false;
    size_t len = text.len / 4 * 3 + (text.len % 4 ? text.len % 4 - 1 : 0), n = 0;
    char *bytes = arena_try(arena, len + 1);
    if (!bytes)
        return false;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = base64url_value(text.at[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[n++] = (char)(bits >> count);
            bits &= (1u << count) - 1;
        }
    }
    if (bits) /* the spare ones */
        return false;
    *out = (struct str){ bytes, len };
    return true;
}

struct str base64url_encode(struct arena *arena, struct str bytes)
{
    char *text = arena_alloc(arena, bytes.len / 3 * 4 + 5);
    size_t len = 0;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.at[i];
        for (count += 8; count >= 6; count -= 6)
            text[len++] = base64url[bits >> (count - 6) & 63];
    }
    if (count)
        text[len++] = base64url[bits << (6 - count) & 63];
    return (struct str){ text, len };
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str text, unsigned char *out, size_t out_bytes)
{
    if (text.len % 2 || text.len / 2 != out_bytes)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (hex_value(text.at[i]) < 0)
            return false;
    }
    for (size_t i = 0; i < out_bytes; i++)
        out[i] = (unsigned char)(hex_value(text.at[2 * i]) << 4 | hex_value(text.at[2 * i + 1]));
    return true;
}

void hex_encode(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

/* RFC 3986 allows both cases in an escape. */
static int hex_value_any(char c)
{
    return hex_value((char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
}

/* The byte at text.at[at], escaped or not, and the length of its text; -1: broken. */
static int percent_byte(struct str text, size_t at, size_t *len)
{
    *len = 1;
    if (text.at[at] != '%')
        return (unsigned char)text.at[at];
    if (text.len - at < 3)
        return -1;
    int high = hex_value_any(text.at[at + 1]), low = hex_value_any(text.at[at + 2]);
    *len = 3;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool percent_decode(struct arena *arena, struct str text, struct str *out)
{
    char *bytes = arena_try(arena, text.len + 1);
    if (!bytes)
        return false;
    size_t n = 0, len;
    for (size_t at = 0; at < text.len; at += len) {
        int byte = percent_byte(text, at, &len);
        if (byte <= 0)
            return false;
        bytes[n++] = (char)byte;
    }
    *out = (struct str){ bytes, n };
    return true;
}
