/* A request to a provider while it is written: one JSON body, a few headers, one URL. */
#ifndef INSULA_GATEWAY_DRAFT_H
#define INSULA_GATEWAY_DRAFT_H

#include "gateway/provider.h"
#include "json/write.h"

enum { DRAFT_HEADERS_MAX = 6 };

struct draft {
    struct arena *arena;
    struct text text;
    struct json_writer *w;   /* the body, an object that is open */
    struct header *headers;
    size_t header_count;
    bool http2;
};

/* With Content-Type, and with Accept as the completion wants. */
void draft_open(struct draft *draft, const struct upstream *upstream,
                const struct completion *completion, struct arena *arena);
void draft_header(struct draft *draft, const char *name, struct str value);
/* The upstream's key, if it has one: in the kind's own header, or as "Authorization: Bearer …" where
 * that is NULL or the provider's options say so. OpenAI's organization and project besides. */
void draft_key(struct draft *draft, const struct upstream *upstream, const char *own_header);
/* Ends it in any case; status is that of the writing, passed on when it is not 0.
 * ERROR_TOO_LARGE "request_too_large" at the arena's maximum. */
int draft_close(struct draft *draft, int status, const char *url, struct http_request *out,
                struct error *err);

/* A name as a segment of a URL's path. */
const char *draft_segment(struct arena *arena, const char *name);

#endif
