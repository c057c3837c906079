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

struct completion {
    struct prompt_message *messages; /* already cut to the model's context */
    size_t message_count;
    bool stream;
    int64_t max_tokens;    /* 0: the client named none and nothing limits it */
    bool max_tokens_renamed; /* the client said max_completion_tokens */
    const struct json *parameters; /* the client's body: every member but model, messages, stream,
                              stream_options, the maximum's three names and Insula's own
                              (store, metadata of ours) goes to the provider as its protocol says */
};

#endif
