/* Server-sent events in: bytes in any pieces to events (WHATWG HTML, 9.2.6), and PROTOCOLS.md 0.2:
 * CR, LF and CRLF mixed, one BOM, comments, one optional blank after the colon, several data lines
 * joined with LF, unknown fields ignored, events without data skipped. A pure state machine. */
#ifndef INSULA_GATEWAY_SSE_H
#define INSULA_GATEWAY_SSE_H

#include "base/error.h"
#include "base/str.h"

struct sse_event {
    struct str name;  /* of `event:`; empty when there was none */
    struct str data;  /* lines joined with LF; borrowed until the callback returns */
};

struct sse {
    struct text line, data, name;
    bool after_cr, started, has_data;
    bool bare_json;   /* set by who knows: an object that begins a block of lines is one event */
    bool in_bare;
};

struct sse sse_make(size_t event_max_bytes);
void sse_free(struct sse *sse);

/* Feeds bytes; calls take for each whole event, in order; a non-zero return of take stops and is
 * returned. -1 with ERROR_UPSTREAM "upstream_bad_response" when a line or event passes the maximum. */
int sse_feed(struct sse *sse, struct str bytes,
             int (*take)(void *self, const struct sse_event *event, struct error *err), void *self,
             struct error *err);
/* The end of the body: a last event without its blank line counts only if its data is "[DONE]". */
int sse_end(struct sse *sse,
            int (*take)(void *self, const struct sse_event *event, struct error *err), void *self,
            struct error *err);

#endif
