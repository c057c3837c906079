/* Standard base64 with padding, for data: URLs and vectors. */
#include "base/codec.h"

struct str base64_encode(struct arena *arena, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = (bytes.len + 2) / 3 * 4;
    char *text = arena_alloc(arena, len + 1), *at = text;
    for (size_t i = 0; i < bytes.len; i += 3) {
        unsigned long bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < bytes.len ? (unsigned char)bytes.at[i + j] : 0);
        for (int shift = 18; shift >= 0; shift -= 6)
            *at++ = digits[bits >> shift & 63];
    }
    for (size_t spare = bytes.len % 3; spare && spare < 3; spare++)
        text[len - 3 + spare] = '=';
    return (struct str){ text, len };
}

bool base64_decode(struct arena *arena, struct str text, struct str *out)
{
    size_t len = text.len;
    if (len % 4)
        return false;
    while (len && text.len - len < 2 && text.at[len - 1] == '=')
        len--;
    char *other = arena_try(arena, len + 1);
    if (!other)
        return false;
    for (size_t i = 0; i < len; i++) {
        other[i] = text.at[i];
        if (other[i] == '-' || other[i] == '_')
            return false;
        if (other[i] == '+')
            other[i] = '-';
        if (other[i] == '/')
            other[i] = '_';
    }
    return base64url_decode(arena, (struct str){ other, len }, out);
}
