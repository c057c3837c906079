/* One JSON object a line in: bytes in any pieces to lines (PROTOCOLS.md 0.3): split at LF, a CR
 * before it dropped, blank lines skipped, a last line without LF taken when it is whole. */
#ifndef INSULA_GATEWAY_NDJSON_H
#define INSULA_GATEWAY_NDJSON_H

#include "gateway/sse.h"

struct ndjson {
    struct text line;
};

struct ndjson ndjson_make(size_t line_max_bytes);
void ndjson_free(struct ndjson *ndjson);

/* Feeds bytes; calls take for each line, in order, as an event without name; a non-zero return of
 * take stops and is returned. -1 with ERROR_UPSTREAM "upstream_bad_response" when a line passes the
 * maximum. */
int ndjson_feed(struct ndjson *ndjson, struct str bytes,
                int (*take)(void *self, const struct sse_event *event, struct error *err),
                void *self, struct error *err);
/* The end of the body: a last line without its LF counts only if its object is closed. */
int ndjson_end(struct ndjson *ndjson,
               int (*take)(void *self, const struct sse_event *event, struct error *err),
               void *self, struct error *err);

#endif
