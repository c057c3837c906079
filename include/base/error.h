/* The one way to fail: a function that can fail returns 0 or -1 and fills a struct error.
 *
 * A kind is a decision of the caller's, never a cause: web/problem.c turns each kind into one HTTP
 * status, the database layer retries two of them, everybody else passes them up. */
#ifndef INSULA_BASE_ERROR_H
#define INSULA_BASE_ERROR_H

enum error_kind {
    ERROR_NONE,
    ERROR_BAD_REQUEST,      /* 400: the client's bytes are wrong; message names the place */
    ERROR_UNAUTHENTICATED,  /* 401: no or bad credential */
    ERROR_FORBIDDEN,        /* 403: good credential, but not for this */
    ERROR_NOT_FOUND,        /* 404: not there, or not yours: the same bytes */
    ERROR_METHOD,           /* 405 */
    ERROR_CONFLICT,         /* 409: the row exists already, or a turn is under way */
    ERROR_GONE,             /* 410: was here, its bytes are kept no longer */
    ERROR_LENGTH,           /* 411: no Content-Length where there must be one */
    ERROR_PRECONDITION,     /* 412: If-Match names another version */
    ERROR_TOO_LARGE,        /* 413: over a limit of size */
    ERROR_ADDRESS_LENGTH,   /* 414: the address is too long */
    ERROR_MEDIA_TYPE,       /* 415 */
    ERROR_UNPROCESSABLE,    /* 422: well-formed, but contradicts something known */
    ERROR_LIMIT,            /* 429: budget or rate */
    ERROR_HEADERS,          /* 431: the headers are too large */
    ERROR_INTERNAL,         /* 500: a defect of ours */
    ERROR_UPSTREAM,         /* 502: the provider failed or spoke nonsense */
    ERROR_UNAVAILABLE,      /* 503: database, spool or house busy; retry_after_ms is set */
    ERROR_UPSTREAM_BUSY,    /* 503: the provider is overloaded */
    ERROR_UPSTREAM_TIMEOUT, /* 504 */
    ERROR_DEADLOCK,         /* the whole transaction may be tried again; never reaches a client */
    ERROR_UNCERTAIN,        /* the connection broke: the write may or may not have happened */
};

struct error {
    enum error_kind kind;
    const char *code;   /* one of a closed set of literals, as in api.md: "model_not_found" */
    const char *type;   /* OpenAI's error type; NULL: the kind's usual one */
    int has_told_code;  /* 1: a client is told told_code in code's place, and null where that is "" */
    char told_code[64]; /* a provider's own code for what it refused */
    char message[512];  /* for the client: our words, never a library's or SQL; a provider's only where
                           it refused the client's own request, as gateway/provider.h says */
    char param[96];     /* the body field, header or parameter at fault; "" where none is */
    char log[256];      /* for the log only; "" where message says it all */
    int retry_after_ms; /* 0: nothing to say; fail() sets 1,000 for ERROR_UNAVAILABLE */
    int retry_useless;  /* 1: x-should-retry: false, waiting won't help */
};

/* Fills *err (whatever it held) and returns -1, so that `return fail(err, …)` is one line.
 *   code   a string literal; it is kept, not copied
 *   format the client's words, printf-like; cut at the field's size, always on a UTF-8 boundary */
int fail(struct error *err, enum error_kind kind, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5), nonnull(1, 3, 4)));

/* The same, and names the parameter at fault. */
int fail_param(struct error *err, enum error_kind kind, const char *code, const char *param,
               const char *format, ...) __attribute__((format(printf, 5, 6), nonnull(1, 3, 4, 5)));

/* Adds words for the log to a filled error, behind "; " where it has some; returns -1 too. */
int error_note(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(1, 2)));

#endif
