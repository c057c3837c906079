/* Which answer a request gets: what was queued for its key, else what its address and body ask for.
 */
#ifndef UPSTREAM_DECIDE_H
#define UPSTREAM_DECIDE_H

#include "answer.h"

struct request {
    const char *key, *method, *path, *body;
    bool (*carries)(const void *self, const char *name); /* a header or a parameter of this name */
    const void *self;
};

/* Never NULL. script: what holds where nobody says otherwise; taken over. */
struct answer *decide(const struct request *request, const char *fixtures, struct script *script);

/* aside.c: lists of models, embeddings; NULL: it asks for something else. */
struct answer *answer_aside(const struct request *request);

#endif
