/* What a client asked: the facts of a question's body that an answer depends on. */
#ifndef UPSTREAM_QUESTION_H
#define UPSTREAM_QUESTION_H

#include "script.h"

/* Where a protocol's body says what; paths have dots between their members. */
struct asking {
    const char *messages;  /* an array, or a string: one question */
    const char *content;   /* of a message: a string, or parts with texts */
    const char *system;    /* beside the messages; NULL: none */
    const char *limits[2]; /* the most tokens, under one of these names */
    bool limit_required;
    bool streams; /* where the body does not say */
};

struct question {
    bool well_formed;
    bool stream, include_usage;
    char *model;
    char *text;              /* the last user message */
    bool answers_calls;      /* the last message is a tool's result */
    long long prompt_tokens; /* our count: a token for every four bytes of text, one a message */
    long long max_tokens;    /* -1: not said */
};

/* body is NUL-terminated, and may leave the model to the path. A "script:{…}" in the model or in
 * the last user message goes to *script. */
void question_read(const struct asking *asking, const char *path, const char *body,
                   struct question *out, struct script *script);
void question_free(struct question *question);

#endif
