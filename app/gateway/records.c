/* Chooses the framing of a provider's stream, for whoever feeds it. */
#include "gateway/records.h"

struct records records_make(enum framing framing, size_t record_max_bytes)
{
    struct records records = { .framing = framing,
                               .sse = sse_make(record_max_bytes),
                               .ndjson = ndjson_make(record_max_bytes) };
    records.sse.bare_json = framing == FRAMING_SSE_OR_JSON;
    return records;
}

void records_free(struct records *records)
{
    sse_free(&records->sse);
    ndjson_free(&records->ndjson);
}

bool records_are(enum framing framing, const char *content_type)
{
    if (framing == FRAMING_NDJSON)
        return !strcmp(content_type, "application/x-ndjson") ||
               !strcmp(content_type, "application/ndjson");
    return !strcmp(content_type, "text/event-stream");
}

int records_feed(struct records *records, struct str bytes,
                 int (*take)(void *self, const struct sse_event *event, struct error *err),
                 void *self, struct error *err)
{
    if (records->framing == FRAMING_NDJSON)
        return ndjson_feed(&records->ndjson, bytes, take, self, err);
    return sse_feed(&records->sse, bytes, take, self, err);
}

int records_end(struct records *records,
                int (*take)(void *self, const struct sse_event *event, struct error *err),
                void *self, struct error *err)
{
    if (records->framing == FRAMING_NDJSON)
        return ndjson_end(&records->ndjson, take, self, err);
    return sse_end(&records->sse, take, self, err);
}
