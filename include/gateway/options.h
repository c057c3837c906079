/* What a provider needs beside its kind, its address and its key, and how long it may take: the column
 * provider.options, one JSON object such as {"api_version":"2026-10-21","idle_ms":90000}. This is its one
 * reader, used when insulactl stores it and when a tenant's snapshot is made. Pure.
 *
 * api_version, chat_template, organization, project   a word of [A-Za-z0-9._-], 1 to 64 bytes
 * stop_extra                          1 to 4 texts of 1 to 120 bytes
 * default_max_tokens                  1 to 1,000,000
 * bearer, http2                       true or false
 * connect_ms                          100 to 60,000
 * first_event_ms, idle_ms             1,000 to 3,600,000
 * total_ms                            1,000 to 86,400,000
 * reply_bytes                         1,024 to 15,728,640: what the database takes in one statement */
#ifndef INSULA_GATEWAY_OPTIONS_H
#define INSULA_GATEWAY_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

struct provider_kind;

enum { OPTIONS_MAX_BYTES = 4096, STOP_EXTRA_MAX = 4, STOP_EXTRA_MAX_BYTES = 120 };

struct provider_options {
    /* only of kinds that name them in provider_kind.options */
    const char *api_version;     /* NULL: the kind's own */
    const char *chat_template;   /* of kinds that take plain text (tgi); NULL: the kind's own */
    const char *organization, *project; /* headers of OpenAI's; NULL: not sent */
    struct str stop_extra[STOP_EXTRA_MAX]; /* end every answer, beside the client's stop texts */
    size_t stop_extra_count;
    int64_t default_max_tokens;  /* where a request names none and one is needed; 0: the kind's own */
    bool bearer;                 /* the key goes into Authorization, not into the kind's own header */

    /* of every kind; 0: as the house's configuration says */
    bool http2;
    int64_t connect_ms;
    int64_t first_event_ms;      /* from the request to the provider's first event */
    int64_t idle_ms;             /* silence between two events */
    int64_t total_ms;            /* of one turn */
    int64_t reply_bytes;         /* of one answer */
};

/* Reads a whole column; an empty text is {}. Words and texts live in the arena. ERROR_BAD_REQUEST
 * "invalid_option" with the option as param: a name that there is not or that this kind does not take, a
 * wrong type, a value out of range. */
int provider_options_read(const struct provider_kind *kind, struct str json, struct arena *arena,
                          struct provider_options *out, struct error *err);

/* The column with one option changed: value is its text ("90000", "true", "chatml"; of stop_extra one
 * text or a JSON array), an empty one takes the option away. Values are judged by provider_options_read.
 * ERROR_BAD_REQUEST "invalid_option": there is no such option, or json is no object. */
int provider_option_set(struct str json, const char *name, const char *value, struct arena *arena,
                        struct str *out, struct error *err);

#endif
