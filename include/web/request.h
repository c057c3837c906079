/* One HTTP request, as the web server handed it over: read whole, checked, borrowed from its arena. */
#ifndef INSULA_WEB_REQUEST_H
#define INSULA_WEB_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ids.h"

enum method {
    METHOD_GET,
    METHOD_POST,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
};

struct request {
    struct request_id id;
    enum method method;
    struct str path;             /* decoded, from SCRIPT_NAME and PATH_INFO: "/v1/models" */
    struct str query;            /* raw, behind the '?' */
    struct str body;
    bool has_length;
    /* Headers; absent where not sent. Nothing here says who is calling but the first line. */
    struct str authorization, x_api_key, api_key; /* the latter two: Anthropic's and Azure's clients */
    struct str content_type, accept, if_match, if_none_match, idempotency_key;
    struct str last_event_id;
    struct str origin, wanted_method, wanted_headers; /* a browser's; the latter two: a preflight's */
    struct str remote_address;
};

/* A query parameter, percent-decoded. *out is absent where there is none.
 * ERROR_BAD_REQUEST "invalid_query" for a broken escape or one given twice. */
int request_query(const struct request *request, const char *name, struct arena *arena,
                  struct str *out, struct error *err);
/* The same as a number from `least` to `most`; `otherwise` where there is none. */
int request_query_number(const struct request *request, const char *name, struct arena *arena,
                         long long least, long long most, long long otherwise, long long *out,
                         struct error *err);
/* The same as true or false; false where there is none. */
int request_query_bool(const struct request *request, const char *name, struct arena *arena,
                       bool *out, struct error *err);
bool request_accepts_events(const struct request *request); /* Accept names text/event-stream */

#endif
