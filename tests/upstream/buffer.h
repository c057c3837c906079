/* A growable byte buffer for the scripted model server, with JSON escaping. */
#ifndef UPSTREAM_BUFFER_H
#define UPSTREAM_BUFFER_H

#include <stddef.h>

struct buffer {
    char *at; /* NUL behind len once anything was added */
    size_t len, size;
};

void buffer_add(struct buffer *b, const void *bytes, size_t n);
void buffer_addf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_add_json(struct buffer *b, const char *text, size_t n); /* quoted and escaped */
void buffer_clear(struct buffer *b);                                /* keeps the memory */
void buffer_free(struct buffer *b);
int buffer_read_file(struct buffer *b, const char *path); /* 0, or -1 */

void *must(void *memory); /* ends the process where malloc gave nothing */
char *copy_text(const char *text); /* NULL stays NULL */

#endif
