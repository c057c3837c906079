/* What a client asked: the facts of a POST /v1/chat/completions body that an answer depends on. */
#ifndef UPSTREAM_QUESTION_H
#define UPSTREAM_QUESTION_H

#include "script.h"

struct question {
    bool well_formed;
    bool stream, include_usage;
    char *model;
    char *text;              /* the last user message */
    long long prompt_tokens; /* our count: a token for every four bytes of text, one a message */
    long long max_tokens;    /* -1: not said */
};

/* body is NUL-terminated. A "script:{…}" in the model or in the last user message goes to *script. */
void question_read(const char *body, struct question *out, struct script *script);
void question_free(struct question *question);

#endif
