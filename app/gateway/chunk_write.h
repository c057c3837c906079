/* The client's stream as PROTOCOLS.md 0.5 has it, for the decoders that write their own chunks: one
 * record becomes any number of them. The first thing said of a choice is its role, by itself. */
#ifndef INSULA_GATEWAY_CHUNK_WRITE_H
#define INSULA_GATEWAY_CHUNK_WRITE_H

#include "told_usage.h"

enum { CHOICES_MAX = 32 };

enum said { SAID_CONTENT, SAID_REASONING, SAID_REFUSAL };

/* The chunks of one record, on their way into *out. */
struct chunks {
    struct decoder *decoder;
    struct arena *arena;
    struct decoded *out;
    struct decoded_chunk *last;
    struct str logprobs;   /* raw: goes with the next text; absent: none */
    struct str call_extra; /* raw: "extra_content" of the next call; absent: none */
    bool failed;           /* the arena's maximum, or a choice that cannot be */
};

struct chunks chunks_into(struct decoder *decoder, struct arena *arena, struct decoded *out);
/* string: a JSON string, or anything else, which says nothing. */
void chunk_text(struct chunks *chunks, int64_t choice, enum said said, const struct json *string);
void chunk_plain_text(struct chunks *chunks, int64_t choice, enum said said, struct str text);
/* A tool call begins: call counts from 0 within its choice. id absent: one is made. */
void chunk_call(struct chunks *chunks, int64_t choice, int call, struct str id, struct str name);
/* A piece of its arguments, as text. */
void chunk_arguments(struct chunks *chunks, int64_t choice, int call, struct str arguments);
void chunk_finish(struct chunks *chunks, int64_t choice, enum finish finish);
/* The stream's usage, if it is known at all; raw: the provider's own object in OpenAI's form, in
 * one line, or absent. */
void chunk_usage(struct chunks *chunks, const struct told_usage *told, struct str raw);
/* 0, or -1 with "upstream_bad_response". */
int chunks_close(struct chunks *chunks, struct error *err);

/* "stop", "length", … */
const char *finish_text(enum finish finish);
/* A record or body as an object, read leniently; or -1 as below. */
int answer_root(struct str source, const char *words, struct arena *arena, struct decoded *out,
                struct json **root_out, struct error *err);
/* Garbage instead of a record or body: -1 with "upstream_bad_response". */
int malformed_answer(struct decoded *out, const char *words, struct error *err);

#endif
