/* A provider is two pure functions and an error map, in one file of its own, named in
 * gateway/registry.c. Bytes in, bytes out: no socket, no clock, no database. */
#ifndef INSULA_GATEWAY_PROVIDER_H
#define INSULA_GATEWAY_PROVIDER_H

#include "base/ids.h"
#include "gateway/completion.h"
#include "gateway/options.h"
#include "net/transfer.h"

/* Where and as whom to call: one row of a tenant's providers with one row of its models. */
struct upstream {
    const struct provider_kind *kind;
    struct provider_id id;
    const char *base_url;      /* "https://api.openai.com/v1", no slash at the end */
    struct str api_key;        /* absent: none is sent */
    const char *model;         /* the provider's name of the model */
    const char *public_name;   /* the client's name of it: what answers that we write say */
    struct provider_options options;
};

struct usage {
    bool known;                /* the provider said so, or it was counted */
    int64_t tokens_in, tokens_cached, tokens_out, tokens_reasoning;
    bool counted;              /* it was counted: the provider said nothing */
};

enum finish { FINISH_NONE, FINISH_STOP, FINISH_LENGTH, FINISH_TOOL_CALLS, FINISH_CONTENT_FILTER };

/* One event for the client. */
struct decoded_chunk {
    struct str json;           /* a chat.completion.chunk object, in one line */
    bool usage_only;           /* it carries usage and no choice: shown only to who asked */
    struct decoded_chunk *next;
};

/* What one upstream record (SSE event, NDJSON line, whole JSON body) means. Several members may be
 * set at once. Strings live in the arena given to decode, or in the record. */
struct decoded {
    struct str chunk;          /* a chat.completion.chunk object for the client; absent: nothing to show */
    bool usage_only;           /* the chunk carries usage and no choice: shown only to who asked */
    struct decoded_chunk *more; /* what follows the chunk, in order; kinds that speak OpenAI: NULL */
    struct str content;        /* text added to choice 0 */
    struct str reasoning;      /* reasoning text added to choice 0 */
    size_t output_bytes;       /* bytes of text, reasoning and tool arguments over all choices: for counting */
    bool has_tool_calls, has_refusal;
    enum finish finish;        /* of choice 0 */
    int choices_started, choices_finished; /* how many choices had their first / their last chunk here */
    struct usage usage;        /* .known when the record carries one; later ones replace earlier */
    bool end;                  /* the protocol's own end mark ([DONE]) */
    bool failed;               /* the record is an error: *err is filled and decode returned -1 */
};

/* State of one stream's decoder; a provider's own fields go into `scratch`, zero at the start, copied
 * out and in. Kinds that speak OpenAI need no more than `kind`; the others also what they write into
 * each chunk, and all of it borrowed. */
struct decoder {
    const struct provider_kind *kind;
    const struct upstream *upstream;       /* .public_name: "model" */
    const struct completion *completion;   /* what was asked: the stop texts */
    const char *id;                        /* "id": "turn_…" */
    int64_t created;                       /* "created": unix seconds */
    uint32_t choices_seen, choices_done;   /* bit per choice index, at most 32 */
    unsigned char calls[32];               /* tool calls so far, of each choice */
    bool rewrites;                         /* of a kind that speaks OpenAI, to whom this stream does not: its
                                              chunks are written anew from here on */
    unsigned char scratch[512];            /* the kind's own, between records */
};

/* FRAMING_SSE_OR_JSON: events, but a bare JSON object may stand between them (Gemini's errors). */
enum framing { FRAMING_SSE, FRAMING_NDJSON, FRAMING_SSE_OR_JSON };

struct provider_kind {
    const char *name;          /* "openai", "compatible" */
    enum framing framing;
    bool speaks_openai;        /* chunks and bodies pass through verbatim */
    const char *const *options; /* those it takes beside every kind's, NULL-terminated; NULL: none */

    /* The HTTP request for a completion. Everything lives in the arena.
     * ERROR_BAD_REQUEST naming the parameter that this provider cannot do. */
    int (*write_request)(const struct upstream *upstream, const struct completion *completion,
                         struct arena *arena, struct http_request *out, struct error *err);

    /* One record of a stream. 0, or -1 with the client's error in *err (upstream's own error, or
     * "upstream_bad_response" for garbage). */
    int (*decode_event)(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);

    /* The whole body of an answer that is not streamed; out->chunk is then a chat.completion object:
     * complete where the kind speaks OpenAI, else without id, object, created and model, which
     * provider_name_body adds. head: of the response; NULL: not known. */
    int (*decode_body)(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err);

    /* The first and the last of these for embeddings, with OpenAI's list as out->chunk, whole, and the usage
     * in any case; NULL: the kind has none. */
    int (*write_embeddings)(const struct upstream *upstream, const struct completion *completion,
                            struct arena *arena, struct http_request *out, struct error *err);
    int (*decode_embeddings)(const struct decoder *decoder, struct str body, struct arena *arena,
                             struct decoded *out, struct error *err);

    /* An HTTP status of 400 or more, or a 200 that is no answer: PROTOCOLS.md 0.4. Fills *err.
     * Only where the provider refused the request as wrong (400, 422) does its text become the
     * message, cleaned and cut, and its code told_code; nothing of an error about its key, its load or
     * its own failure gets to a client. retry_after_ms: from the head. */
    void (*error_of)(const struct http_head *head, struct str body, struct arena *arena,
                     struct error *err);
};

/* The request that a completion needs, be it an answer's or embeddings'. Also
 * ERROR_BAD_REQUEST "unsupported_model", param "model": the kind has no embeddings. */
int provider_write(const struct upstream *upstream, const struct completion *completion,
                   struct arena *arena, struct http_request *out, struct error *err);
/* A whole body as the client gets it, of either. head: of the response; NULL: not known. */
int provider_read_body(const struct decoder *decoder, const struct http_head *head, struct str body,
                       struct arena *arena, struct decoded *out, struct error *err);
/* Completes decode_body's chunk as the decoder's id, created and model say; does nothing for kinds
 * that speak OpenAI. ERROR_UPSTREAM "upstream_bad_response" at the arena's maximum. */
int provider_name_body(const struct decoder *decoder, struct arena *arena, struct decoded *decoded,
                       struct error *err);

/* Before an error is told to anybody: a provider's words that hold a piece of its key, or name its host,
 * are replaced by ours. */
void provider_hide(const struct upstream *upstream, struct error *err);

/* NULL when there is no such kind. provider_kinds: all names, NULL-terminated. */
const struct provider_kind *provider_kind_find(const char *name);
const char *const *provider_kinds(void);

#endif
