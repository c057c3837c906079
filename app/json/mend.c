/* Puts U+FFFD in place of bad UTF-8, for texts that are mended before they are read or written. */
#include "mend.h"

#include "base/codec.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Behind the bad byte at `at` and the continuation bytes that belong to it. */
static size_t skip_bad(struct str text, size_t at)
{
    do
        at++;
    while (at < text.len && ((unsigned char)text.at[at] & 0xc0) == 0x80);
    return at;
}

static size_t put(char *out, size_t n, const char *bytes, size_t len)
{
    if (out && len)
        memcpy(out + n, bytes, len);
    return n + len;
}

size_t mend_utf8(struct str text, char *out_or_null)
{
    size_t n = 0;
    while (text.len) {
        size_t good = utf8_check(text);
        n = put(out_or_null, n, text.at, good);
        if (good == text.len)
            break;
        n = put(out_or_null, n, REPLACEMENT, strlen(REPLACEMENT));
        size_t next = skip_bad(text, good);
        text = (struct str){ text.at + next, text.len - next };
    }
    return n;
}
