/* The log: one JSON object a line on standard error (or the file of insula.conf), a closed list of
 * fields, every value escaped and then cut at 256 bytes, so that any line is below 4,096 bytes and
 * stays whole in a pipe. No prompt, answer, key, token, e-mail or file name has a field here, so
 * none can be written. In JSON: "time", then the fields of struct log_line by their own names. */
#ifndef INSULA_BASE_LOG_H
#define INSULA_BASE_LOG_H

#include "base/error.h"
#include "base/ids.h"

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR, LOG_ALARM };

/* Absent (0, NULL, "", -1 for numbers that say so) fields are left out. */
struct log_line {
    enum log_level level;
    const char *event;         /* "request", "turn.settled", "db.lost", … dotted, a literal */
    const char *request_id;    /* "req_…" */
    struct tenant_id tenant;
    const char *user;          /* a keyed hash, never the subject itself */
    const char *route;         /* the route's name from the table */
    int status;                /* HTTP */
    int64_t ms;                /* -1: absent; so set it in every line */
    const char *provider;      /* kind: "openai" */
    const char *model;         /* the public name */
    int64_t tokens_in, tokens_out;
    const char *usage_source;  /* provider | counted | estimated */
    const char *outcome;       /* complete, interrupted, failed, cancelled */
    const char *code;          /* the error's closed code */
    const char *detail;        /* our own words (struct error's log) */
    int worker;                /* pid; filled in by log_write */
};

/* NULL: standard error; otherwise appends to the file, made with 0640. Calling it again (on SIGHUP)
 * opens anew while other threads go on writing. ERROR_UNAVAILABLE: the log stays where it was. */
int log_open(const char *path_or_null, struct error *err);
void log_write(const struct log_line *line); /* one write(2), safe from any thread */
/* For the one who has no memory: takes none, and no lock of the C library (so the line has no time). */
void log_out_of_memory(void);
/* A line with nothing but event and detail. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
