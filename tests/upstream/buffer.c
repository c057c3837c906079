/* The buffer that all pieces of the scripted model server write into. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

char *copy_text(const char *text)
{
    return text ? must(strdup(text)) : NULL;
}

static void make_room(struct buffer *b, size_t n)
{
    if (b->len + n + 1 <= b->size)
        return;
    b->size = (b->len + n + 1) * 2;
    b->at = must(realloc(b->at, b->size));
}

void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
    make_room(b, n);
    if (n)
        memcpy(b->at + b->len, bytes, n);
    b->len += n;
    b->at[b->len] = '\0';
}

void buffer_addf(struct buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    make_room(b, (size_t)n);
    vsnprintf(b->at + b->len, (size_t)n + 1, format, again);
    va_end(again);
    b->len += (size_t)n;
}

void buffer_add_json(struct buffer *b, const char *text, size_t n)
{
    buffer_add(b, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buffer_addf(b, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buffer_addf(b, "\\u%04x", c);
        else
            buffer_add(b, &text[i], 1);
    }
    buffer_add(b, "\"", 1);
}

void buffer_clear(struct buffer *b)
{
    b->len = 0;
}

void buffer_free(struct buffer *b)
{
    free(b->at);
    *b = (struct buffer){ 0 };
}

int buffer_read_file(struct buffer *b, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    char block[16384];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        buffer_add(b, block, n);
    int failed = ferror(file);
    fclose(file);
    return failed ? -1 : 0;
}
