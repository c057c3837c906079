/* The records of a provider's stream, however it frames them. */
#ifndef INSULA_GATEWAY_RECORDS_H
#define INSULA_GATEWAY_RECORDS_H

#include "gateway/ndjson.h"
#include "gateway/provider.h"

struct records {
    enum framing framing;
    struct sse sse;
    struct ndjson ndjson;
};

struct records records_make(enum framing framing, size_t record_max_bytes);
void records_free(struct records *records);
/* Does a body of this content type (lower case, without parameters) hold such records? */
bool records_are(enum framing framing, const char *content_type);

/* As sse_feed and sse_end, ndjson_feed and ndjson_end. */
int records_feed(struct records *records, struct str bytes,
                 int (*take)(void *self, const struct sse_event *event, struct error *err),
                 void *self, struct error *err);
int records_end(struct records *records,
                int (*take)(void *self, const struct sse_event *event, struct error *err),
                void *self, struct error *err);

#endif
