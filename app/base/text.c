/* Bytes that grow up to a maximum, for everything that is written piece by piece. */
#include "base/str.h"

#include "allocate.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_SIZE 64

struct text text_make(size_t max_bytes)
{
    return (struct text){ .max = max_bytes };
}

/* Room for more bytes and the NUL behind them; false, and over, where the maximum forbids it. */
static bool text_reserve(struct text *t, size_t more)
{
    /* A text that has lost a piece must not go on as if it had not. */
    if (t->over || more > t->max - t->len) {
        t->over = true;
        return false;
    }
    if (t->len + more < t->size)
        return true;
    size_t size = t->size ? t->size : FIRST_SIZE;
    while (size <= t->len + more)
        size *= 2;
    t->at = reallocate(t->at, size);
    t->size = size;
    return true;
}

void text_add(struct text *t, struct str bytes)
{
    if (!text_reserve(t, bytes.len))
        return;
    if (bytes.len)
        memcpy(t->at + t->len, bytes.at, bytes.len);
    t->len += bytes.len;
    t->at[t->len] = '\0';
}

void text_add_c(struct text *t, const char *c_string)
{
    text_add(t, str_of(c_string));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        allocate_fail("text_addf: vsnprintf refused its format");
    if (text_reserve(t, (size_t)len)) {
        vsnprintf(t->at + t->len, (size_t)len + 1, format, again);
        t->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void text_clear(struct text *t)
{
    t->len = 0;
    t->over = false;
    if (t->at)
        t->at[0] = '\0';
}

void text_cut(struct text *t, size_t len)
{
    if (len >= t->len)
        return;
    t->len = len;
    t->at[len] = '\0';
}

void text_free(struct text *t)
{
    free(t->at);
    *t = text_make(t->max);
}
