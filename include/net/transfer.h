/* HTTP requests to providers and identity providers, with libcurl (nowhere else).
 *
 * Two uses: a transfer lives in a loop beside thousands of others (the relay); fetch_document blocks (key
 * sets, doctor, provider test). Both: no redirects, no proxy, no cookies, no .netrc, HTTPS with
 * certificates that are verified and TLS 1.2 at least (plain HTTP only to an address that the operator
 * listed), no compression, every resolved address checked by the rules at the socket and before each
 * request on a reused connection. A pool keeps its connections; where a server closes them, a session of
 * TLS 1.3 is resumed when libcurl can. */
#ifndef INSULA_NET_TRANSFER_H
#define INSULA_NET_TRANSFER_H

#include "base/arena.h"
#include "base/error.h"
#include "net/address_rules.h"
#include "net/loop.h"

#include <stdint.h>

/* Once per process, before threads; ca_file NULL: the system's. */
int net_init(const struct address_rules *rules, const char *ca_file, struct error *err);
/* From any thread, then and later: what is dialled, and what is asked for on a connection that is
 * there already, from now on. The rules must outlive all use. */
void net_judge_by(const struct address_rules *rules);

struct header {
    const char *name;      /* of ours, at most 64 bytes */
    struct str value;      /* as net/header.h says */
};

struct http_request {
    const char *method;    /* "POST", "GET" */
    const char *url;       /* as net/url.h says; a query may be in it; at most 2 KiB */
    const struct header *headers;
    size_t header_count;
    struct str body;       /* must live until the transfer ends */
    bool http2;            /* if the server wants it too (ALPN), and never in clear: transfers of one
                              pool then share a connection. Else HTTP/1.1 */
    int connect_ms;        /* 0: 10,000 */
    int total_ms;          /* 0: 900,000 */
};

/* How a transfer ended, apart from its HTTP status. */
enum transfer_end {
    TRANSFER_COMPLETE,     /* the HTTP body ended as its framing says */
    TRANSFER_CUT,          /* the connection broke, or HTTP/2's stream was reset, after the request was
                              sent */
    TRANSFER_NO_CONNECTION,/* never connected: name, refusal, TLS */
    TRANSFER_FORBIDDEN,    /* an address that the rules refuse */
    TRANSFER_TIMEOUT,      /* connect_ms or total_ms */
    TRANSFER_STOPPED,      /* take() returned -1 */
};

struct http_head {
    int status;
    const char *content_type;  /* lower case, without parameters; "" when absent; lives until end() */
    int retry_after_ms;        /* from Retry-After (seconds or date) or retry-after-ms; 0: none */
    bool should_retry_false;   /* x-should-retry: false */
    int64_t tokens_in, tokens_out; /* x-prompt-tokens, x-generated-tokens (TGI); 0: not said */
};

/* The receiver's three calls, in this order; head at most once (before any take), take any number of
 * times, end exactly once. None may call transfer_cancel on its own transfer or free the pool; head
 * and take may pause transfers, but not start or cancel any of the same pool. */
struct transfer_sink {
    void (*head)(void *self, const struct http_head *head);
    int (*take)(void *self, struct str bytes); /* 0; -1 stops the transfer: end(TRANSFER_STOPPED) */
    void (*end)(void *self, enum transfer_end how, const char *detail_for_log);
};

/* A pool of connections. One pool belongs to one tenant, so no connection is ever shared. */
struct pool;
struct transfer;

int pool_new(struct loop *loop, struct pool **out, struct error *err);
void pool_free(struct pool **pool);         /* no transfer may be under way */
size_t pool_transfers(const struct pool *pool); /* under way now */
/* Runs curl's own timers; call after every loop_run. Returns ms until the next is due, at most 250. */
int pool_tick(struct pool *pool);

/* *request and what it points to must live until end(). ERROR_UPSTREAM "upstream_unavailable": its
 * URL or a header's value cannot be sent. */
int transfer_start(struct pool *pool, const struct http_request *request,
                   const struct transfer_sink *sink, void *self, struct transfer **out,
                   struct error *err);
/* Back-pressure: stop reading this one. Going on happens at the next pool_tick, never from within. */
void transfer_pause(struct transfer *transfer, bool pause);
void transfer_cancel(struct transfer **transfer); /* no further call to the sink; NULL is fine */

/* Blocking GET or POST of a small document. status_out may be any HTTP status.
 * ERROR_UPSTREAM (also where its URL or a header's value cannot be sent), ERROR_UPSTREAM_TIMEOUT;
 * ERROR_TOO_LARGE over max_bytes. */
int fetch_document(struct arena *arena, const struct http_request *request, size_t max_bytes,
                   struct http_head *head_out, struct str *body_out, struct error *err);

#endif
