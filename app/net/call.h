/* One HTTP exchange on one curl handle: what the transfers of a pool and fetch_document have in
 * common. */
#ifndef INSULA_NET_CALL_H
#define INSULA_NET_CALL_H

#include "manners.h"
#include "response_head.h"

enum { CALL_KEPT_MAX_BYTES = 8 << 20 };

struct call {
    CURL *easy;
    struct curl_slist *headers;
    const struct transfer_sink *sink;
    void *self;
    struct response_head head;
    bool plain;     /* http: only addresses that the operator listed */
    bool forbidden; /* the rules refused an address */
    bool stopped;   /* take() returned -1 */
    bool paused;    /* bytes are refused until this falls again */
    bool held;      /* …and curl has some, or has stopped reading, or some are kept here */
    struct text kept;
    size_t released; /* of what is kept */
    bool over;       /* curl is done, with this result, but the receiver has not had all */
    CURLcode result;
};

/* Sets a fresh or reset handle up for the request. ERROR_BAD_REQUEST: a header or the URL. */
int call_prepare(struct call *call, CURL *easy, const struct http_request *request,
                     const struct transfer_sink *sink, void *self, struct error *err);
/* kept.c: what comes for a paused stream of HTTP/2. */
size_t call_keep(struct call *call, struct str bytes); /* bytes.len; else it is too much */
bool call_keeps(const struct call *call);
/* To the receiver, as long as it is not paused again. -1: it wants no more. */
int call_release(struct call *call);
/* What curl's result means. */
enum transfer_end call_end(const struct call *call, CURLcode result);
/* The same for the log: no host, no address. */
const char *call_detail(const struct call *call, CURLcode result);
/* Frees all but the handle, which is reset and keeps its buffers. */
void call_clear(struct call *call);

#endif
