/* What the model server remembers: what it was asked, by which key, who left early; and what tests
 * have queued for whom. */
#ifndef UPSTREAM_RECORD_H
#define UPSTREAM_RECORD_H

#include "buffer.h"

#include <yajl/yajl_tree.h>

struct key_record {
    char *key;
    long long calls, open, completed, aborted, chunks;
    long long prompt_tokens, completion_tokens; /* as the answers went out */
    struct key_record *next;
};

struct key_record *record_key(const char *key); /* never NULL */

/* Keeps a request (the last 500); returns its number, from 1. query and headers are JSON objects. */
long long record_request(const char *key, const char *method, const char *path, const char *query,
                         const char *headers, const char *body);
/* A client that left before its answer's end, at this time. */
void record_abort(const char *key, long long request, double unix_ms, long long chunks);

/* object is what POST /control said: {"key", "times", "script" | "fixture"}. */
void record_queue(const char *json, const char *key, long long times);
/* The next queued object for this key (or for any); NULL: none. The caller frees it. */
yajl_val record_take(const char *key);
void record_unqueue(const char *key); /* forgets all that is queued for this key alone */

void record_write_stats(struct buffer *out, long long connections);
void record_write_requests(struct buffer *out, const char *key, long long after);
void record_clear(void); /* requests, aborts, queue and counts; open ones go on being counted */

double unix_ms_now(void);

#endif
