/* Standard base64 with padding, for a logo in a data: URL. */
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
