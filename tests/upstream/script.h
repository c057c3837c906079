/* How one answer is to go: read from "script:{…}" in the model's name or in the last user message,
 * or queued through POST /control. All members are optional; README.md lists them. */
#ifndef UPSTREAM_SCRIPT_H
#define UPSTREAM_SCRIPT_H

#include <yajl/yajl_tree.h>

#include <stdbool.h>

struct call {
    char *name, *arguments; /* arguments: a JSON object, as text */
};

struct script {
    int chunks;      /* content chunks; 0: as many as the text has words */
    int size;        /* bytes of content in each; 0: one word */
    int delay_ms;    /* before each chunk */
    int silent_ms;   /* before the head */
    int stall_after; /* chunks, then silence until the client leaves; the others alike, -1: never */
    int stall_ms;    /* 0: for ever */
    int cut_after;   /* regular end of the body, but no finish and no end mark */
    int reset_after; /* connection reset */
    int error_after; /* an error event, then the end */
    int garbage_after;     /* an event that is no JSON, then the end */
    long long flood_bytes; /* this much content, as fast as the client reads */
    int status;            /* 0: 200; -1: close without a word; otherwise an error */
    int retry_after;       /* seconds; -1: no such header */
    bool no_usage, no_done, comments;
    bool stamp; /* each chunk's content is CLOCK_MONOTONIC in ns and a blank */
    bool has_usage;
    long long prompt_tokens, completion_tokens, cached_tokens,
        reasoning_tokens; /* with has_usage */
    char *text;           /* what to answer */
    char *reasoning;      /* what to think before it */
    struct call *calls;   /* tools to call behind it; without a text of its own there is none */
    int call_count;
    char *body;         /* sent as it is instead of all the above but status and silent_ms */
    char *content_type; /* of body */
    char *finish_reason;
    char **events; /* each sent as one event or line instead of content */
    int event_count;
};

void script_default(struct script *out);
void script_read(yajl_val object, struct script *out); /* over what *out already says */
void script_free(struct script *script);

/* Helpers for reading any JSON object. */
long long json_number(yajl_val object, const char *name, long long otherwise);
bool json_bool(yajl_val object, const char *name);
const char *json_string(yajl_val object, const char *name); /* NULL where it is none */
yajl_val json_member(yajl_val object, const char *name);    /* NULL where there is none */
yajl_val json_item(yajl_val array, size_t i);               /* NULL behind the last, or no array */

#endif
