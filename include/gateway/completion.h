/* What a turn asks of a provider, in no provider's words: the product of a door, the input of
 * every provider's write_request. Borrowed for the length of the turn. */
#ifndef INSULA_GATEWAY_COMPLETION_H
#define INSULA_GATEWAY_COMPLETION_H

#include "json/read.h"

struct prompt_message {
    const char *role;      /* system developer user assistant tool */
    struct str content;    /* plain text; used where json is absent */
    struct str json;       /* the whole OpenAI message object, verbatim; absent for plain text */
};

/* Texts whose vectors are asked for. */
struct embedding {
    const struct json *input;  /* as the client wrote it */
    const struct str *texts;   /* NULL: lists of tokens, which only kinds that speak OpenAI take */
    size_t count;              /* of texts, or of lists */
    int64_t tokens;            /* about how many there are in all, where the provider does not tell */
    int64_t dimensions;        /* 0: not named */
    bool base64;               /* vectors as base64 of little-endian floats; else as numbers */
};

struct completion {
    const struct embedding *embedding; /* vectors are asked for instead of an answer, and nothing below
                              but the parameters is set; NULL: an answer */
    struct prompt_message *messages; /* already cut to the model's context */
    size_t message_count;
    bool stream;
    int64_t max_tokens;    /* 0: the client named none and nothing limits it */
    bool max_tokens_renamed; /* the client said max_completion_tokens */
    const struct json *parameters; /* the client's body: every member but model, messages, stream,
                              stream_options, the maximum's three names and Insula's own
                              (store, metadata and the like) goes to the provider as its protocol says */
};

#endif
