/* What a provider's answer says of choice 0, for the doors that say it otherwise; private to door/. */
#ifndef INSULA_DOOR_HEARD_H
#define INSULA_DOOR_HEARD_H

#include "json/read.h"

struct heard {
    /* Texts that are not empty; NULL: none. */
    const struct json *content, *reasoning, *refusal;
    const struct json *calls;      /* the first of its tool_calls; NULL: none */
    struct str finish;             /* why it ends; absent: it goes on */
    struct str stopped_by;         /* the stop text, of the few providers that tell it */
    int64_t cache_written;         /* tokens; -1: no usage was told */
};

/* Of a chat.completion.chunk or a chat.completion, which may be a provider's own bytes: what cannot be
 * read says nothing. Lives in the arena. */
struct heard heard_of(struct arena *arena, struct str json);

/* Calls come in fragments. Which call a fragment belongs to, from 0: by its index or, where servers
 * leave it out, by a new id. */
struct calls {
    int64_t count;                 /* calls so far */
    int64_t last;                  /* whose fragment came last */
    char last_id[64];
};
enum { CALLS_MOST = 128 };         /* more than any client takes (CLIENTS.md 2); -1 from there on */
int64_t calls_number(struct calls *calls, const struct json *fragment);

/* A call's id; one of our own where the provider gave none: "call_<turn>_<number>". */
struct str call_id(struct arena *arena, const struct json *call, const char *turn, int64_t number);
struct str call_name(const struct json *call);
/* Of a fragment: text, or as few servers do the object itself. */
struct str call_arguments(const struct json *call);
/* Whole arguments as an object in one line: {} for none, {"INVALID_JSON": "…"} for what is no object. */
struct str call_input(struct arena *arena, struct str arguments);

#endif
