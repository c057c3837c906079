/* What went wrong at a provider, read from the error reports of OpenAI and those who resemble it. */
#ifndef INSULA_GATEWAY_UPSTREAM_CAUSE_H
#define INSULA_GATEWAY_UPSTREAM_CAUSE_H

#include "json/read.h"

enum cause {
    CAUSE_NONE,
    CAUSE_REFUSED,
    CAUSE_CONTEXT,
    CAUSE_FILTER,
    CAUSE_AUTH,
    CAUSE_QUOTA,
    CAUSE_MODEL,
    CAUSE_TIMEOUT,
    CAUSE_LARGE,
    CAUSE_RATE,
    CAUSE_BUSY,
    CAUSE_FAILED,
    CAUSE_GARBAGE,
};

/* A report's members; absent where it does not say. */
struct upstream_report {
    struct str code, type, param, message;
    struct str reason; /* a finer name among the details */
    int number;        /* a code that is a number: 429 and "429"; 0: none */
    int64_t wait_ms;   /* how long a model is expected to load; 0: unknown */
};

/* The object that holds code, type and message; NULL when root is no error report at all. */
const struct json *upstream_error_object(const struct json *root);
/* root: an error report, any other JSON of a failed call, or NULL. */
struct upstream_report upstream_report_read(const struct json *root);
/* status: HTTP's; below 400 for a report within an answer. Never CAUSE_NONE. */
enum cause upstream_cause(int status, const struct upstream_report *report);

#endif
