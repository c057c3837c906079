/* The providers that speak OpenAI's chat protocol: OpenAI itself, and all that are compatible. */
#ifndef INSULA_GATEWAY_OPENAI_H
#define INSULA_GATEWAY_OPENAI_H

#include "gateway/provider.h"

extern const struct provider_kind *const openai_kind;
extern const struct provider_kind *const compatible_kind;

/* How a request to a server that is like OpenAI's differs from one to OpenAI. */
struct openai_dialect {
    const char *url;        /* the whole address */
    const char *max_tokens; /* the member that limits the answer, where the client names none */
    bool one_name;          /* …and wherever it names one: the server knows no other */
    const char *key_header; /* that bears the key alone; NULL: Authorization: Bearer */
};
int openai_write_request(const struct openai_dialect *dialect, const struct upstream *upstream,
                         const struct completion *completion, struct arena *arena,
                         struct http_request *out, struct error *err);
/* base_url and a path: "/chat/completions" */
const char *openai_url(const struct upstream *upstream, const char *path, struct arena *arena);

/* openai_proper.c: pure; what a chunk must be depends on those before it. */
bool openai_is_proper(const struct decoder *decoder, const struct json *chunk);

/* openai_answer.c */
enum finish openai_finish_of(struct str reason);
int openai_decode_event(struct decoder *decoder, struct str event, struct str data,
                        struct arena *arena, struct decoded *out, struct error *err);
int openai_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                       struct decoded *out, struct error *err);

#endif
