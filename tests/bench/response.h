/* Reads an HTTP/1.1 response with a stream of events as it comes: for the load client. */
#ifndef INSULA_TESTS_BENCH_RESPONSE_H
#define INSULA_TESTS_BENCH_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 8192

enum part { PART_HEAD, PART_SIZE, PART_DATA, PART_DATA_END, PART_TRAILER, PART_PLAIN, PART_OVER };

struct response {
    enum part part;
    int status;
    bool chunked, closes, done; /* done: "data: [DONE]" came */
    long long left;             /* of the chunk, or of the body; -1: until the end of connection */
    char line[LINE_MAX_BYTES];  /* of head or framing, as far as it came */
    size_t line_len;
    char event[LINE_MAX_BYTES]; /* a line of the body, as far as it came */
    size_t event_len;
};

static inline void response_begin(struct response *r)
{
    r->part = PART_HEAD;
    r->status = 0;
    r->chunked = r->closes = r->done = false;
    r->left = -1;
    r->line_len = r->event_len = 0;
}

static inline void response_head_line(struct response *r)
{
    if (!r->status)
        r->status = (int)strtol(r->line + strcspn(r->line, " "), NULL, 10);
    else if (strncasecmp(r->line, "Transfer-Encoding: chunked", 26) == 0)
        r->chunked = true;
    else if (strncasecmp(r->line, "Content-Length:", 15) == 0)
        r->left = strtoll(r->line + 15, NULL, 10);
    else if (strncasecmp(r->line, "Connection: close", 17) == 0)
        r->closes = true;
}

static inline void response_line(struct response *r)
{
    r->line[r->line_len] = '\0';
    bool is_empty = r->line_len == 0;
    r->line_len = 0;
    if (r->part == PART_HEAD && !is_empty)
        response_head_line(r);
    else if (r->part == PART_HEAD)
        r->part = r->chunked ? PART_SIZE : r->left == 0 ? PART_OVER : PART_PLAIN;
    else if (r->part == PART_SIZE)
        r->part = (r->left = strtoll(r->line, NULL, 16)) ? PART_DATA : PART_TRAILER;
    else if (r->part == PART_DATA_END)
        r->part = PART_SIZE;
    else if (is_empty)
        r->part = PART_OVER;
}

/* Calls line(self, text) for every line of the body that holds data. */
static inline void response_body(struct response *r, const char *at, size_t n,
                                 void (*line)(void *self, const char *text), void *self)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != '\n' && r->event_len < LINE_MAX_BYTES - 1) {
            r->event[r->event_len++] = at[i];
            continue;
        }
        r->event[r->event_len] = '\0';
        r->event_len = 0;
        if (strncmp(r->event, "data: [DONE]", 12) == 0)
            r->done = true;
        else if (strncmp(r->event, "data:", 5) == 0)
            line(self, r->event);
    }
}

static inline void response_feed(struct response *r, const char *at, size_t n,
                                 void (*line)(void *self, const char *text), void *self)
{
    while (n && r->part != PART_OVER) {
        if (r->part == PART_DATA || r->part == PART_PLAIN) {
            size_t take = r->left >= 0 && (size_t)r->left < n ? (size_t)r->left : n;
            response_body(r, at, take, line, self);
            at += take;
            n -= take;
            r->left -= r->left >= 0 ? (long long)take : 0;
            if (r->left == 0)
                r->part = r->part == PART_DATA ? PART_DATA_END : PART_OVER;
            continue;
        }
        if (*at == '\n')
            response_line(r);
        else if (*at != '\r' && r->line_len < LINE_MAX_BYTES - 1)
            r->line[r->line_len++] = *at;
        at++;
        n--;
    }
}

#endif
