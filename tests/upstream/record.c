/* The model server's memory, for the tests' questions. One thread, so no locks. */
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUESTS_MAX 500
#define ABORTS_MAX   1000

struct kept_request {
    long long number;
    double unix_ms;
    char *key, *method, *path, *query, *headers, *body;
};

struct abort_record {
    char *key;
    long long request, chunks;
    double unix_ms;
};

struct queued {
    char *json, *key; /* key NULL: any */
    long long times;
    struct queued *next;
};

static struct key_record *keys;
static struct kept_request requests[REQUESTS_MAX];
static long long request_count;
static struct abort_record aborts[ABORTS_MAX];
static long long abort_count;
static struct queued *queue;

double unix_ms_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

struct key_record *record_key(const char *key)
{
    for (struct key_record *k = keys; k; k = k->next)
        if (strcmp(k->key, key) == 0)
            return k;
    struct key_record *k = must(calloc(1, sizeof *k));
    *k = (struct key_record){ .key = copy_text(key), .next = keys };
    return keys = k;
}

static void forget_request(struct kept_request *r)
{
    free(r->key);
    free(r->method);
    free(r->path);
    free(r->query);
    free(r->headers);
    free(r->body);
    *r = (struct kept_request){ 0 };
}

long long record_request(const char *key, const char *method, const char *path, const char *query,
                         const char *headers, const char *body)
{
    struct kept_request *r = &requests[request_count % REQUESTS_MAX];
    forget_request(r);
    *r = (struct kept_request){ .number = ++request_count,
                                .unix_ms = unix_ms_now(),
                                .key = copy_text(key),
                                .method = copy_text(method),
                                .path = copy_text(path),
                                .query = copy_text(query),
                                .headers = copy_text(headers),
                                .body = copy_text(body) };
    return r->number;
}

void record_abort(const char *key, long long request, double unix_ms, long long chunks)
{
    struct abort_record *a = &aborts[abort_count++ % ABORTS_MAX];
    free(a->key);
    *a = (struct abort_record){ copy_text(key), request, chunks, unix_ms };
}

void record_queue(const char *json, const char *key, long long times)
{
    struct queued *entry = must(calloc(1, sizeof *entry));
    *entry = (struct queued){ copy_text(json), copy_text(key), times, NULL };
    struct queued **end = &queue;
    while (*end)
        end = &(*end)->next;
    *end = entry;
}

static void forget_queued(struct queued **at)
{
    struct queued *entry = *at;
    *at = entry->next;
    free(entry->json);
    free(entry->key);
    free(entry);
}

yajl_val record_take(const char *key)
{
    for (struct queued **at = &queue; *at; at = &(*at)->next) {
        struct queued *entry = *at;
        if (entry->key && strcmp(entry->key, key) != 0)
            continue;
        char problem[128];
        yajl_val object = yajl_tree_parse(entry->json, problem, sizeof problem);
        if (--entry->times == 0)
            forget_queued(at);
        return object;
    }
    return NULL;
}

void record_write_stats(struct buffer *out, long long connections)
{
    buffer_addf(out, "{\"connections\":%lld,\"keys\":{", connections);
    for (struct key_record *k = keys; k; k = k->next) {
        buffer_add_json(out, k->key, strlen(k->key));
        buffer_addf(out,
                    ":{\"calls\":%lld,\"open\":%lld,\"completed\":%lld,\"aborted\":%lld,"
                    "\"chunks\":%lld,\"prompt_tokens\":%lld,\"completion_tokens\":%lld}%s",
                    k->calls, k->open, k->completed, k->aborted, k->chunks, k->prompt_tokens,
                    k->completion_tokens, k->next ? "," : "");
    }
    buffer_addf(out, "},\"aborts\":[");
    long long first = abort_count > ABORTS_MAX ? abort_count - ABORTS_MAX : 0;
    for (long long i = first; i < abort_count; i++) {
        const struct abort_record *a = &aborts[i % ABORTS_MAX];
        buffer_addf(out, "%s{\"request\":%lld,\"unix_ms\":%.3f,\"chunks\":%lld,\"key\":",
                    i > first ? "," : "", a->request, a->unix_ms, a->chunks);
        buffer_add_json(out, a->key, strlen(a->key));
        buffer_addf(out, "}");
    }
    buffer_addf(out, "]}");
}

void record_write_requests(struct buffer *out, const char *key, long long after)
{
    const char *comma = "";
    buffer_addf(out, "{\"data\":[");
    long long first = request_count > REQUESTS_MAX ? request_count - REQUESTS_MAX : 0;
    for (long long i = first; i < request_count; i++) {
        const struct kept_request *r = &requests[i % REQUESTS_MAX];
        if (!r->key || r->number <= after || (key && strcmp(key, r->key) != 0))
            continue;
        buffer_addf(out, "%s{\"number\":%lld,\"unix_ms\":%.3f,\"method\":\"%s\",\"path\":", comma,
                    r->number, r->unix_ms, r->method);
        buffer_add_json(out, r->path, strlen(r->path));
        buffer_addf(out, ",\"key\":");
        buffer_add_json(out, r->key, strlen(r->key));
        buffer_addf(out, ",\"query\":%s,\"headers\":%s,\"body\":", r->query, r->headers);
        buffer_add_json(out, r->body, strlen(r->body));
        buffer_addf(out, "}");
        comma = ",";
    }
    buffer_addf(out, "]}");
}

void record_unqueue(const char *key)
{
    for (struct queued **at = &queue; *at;) {
        if ((*at)->key && strcmp((*at)->key, key) == 0)
            forget_queued(at);
        else
            at = &(*at)->next;
    }
}

void record_clear(void)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++)
        forget_request(&requests[i]);
    abort_count = 0;
    while (queue)
        forget_queued(&queue);
    for (struct key_record *k = keys; k; k = k->next)
        *k = (struct key_record){ .key = k->key, .open = k->open, .next = k->next };
}
