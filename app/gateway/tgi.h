/* HuggingFace's text-generation-inference, its own protocol. */
#ifndef INSULA_GATEWAY_TGI_H
#define INSULA_GATEWAY_TGI_H

#include "gateway/provider.h"

extern const struct provider_kind *const tgi_kind;

/* How a model wants a conversation as one text. */
struct tgi_template {
    const char *name;
    const char *before, *between, *after; /* role and text stand between them */
    const char *stop;                     /* what ends an answer */
};
#define TGI_TEMPLATES "chatml, llama3, phi3" /* those there are */
/* NULL name: the first; NULL: there is none of this name. */
const struct tgi_template *tgi_template_find(const char *name);

/* The stop texts of a completion: the client's, the provider's stop_extra and its template's, each once. */
enum { TGI_STOPS_MAX = 4, TGI_STOP_BYTES_MAX = 120 };
struct tgi_stops {
    struct str texts[TGI_STOPS_MAX];
    size_t count;
};
int tgi_stops_read(const struct upstream *upstream, const struct json *parameters,
                   struct tgi_stops *out, struct error *err);

/* tgi_answer.c */
int tgi_decode_event(struct decoder *decoder, struct str event, struct str data,
                     struct arena *arena, struct decoded *out, struct error *err);
int tgi_decode_body(const struct http_head *head, struct str body, struct arena *arena,
                    struct decoded *out, struct error *err);

#endif
