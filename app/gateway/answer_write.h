/* A whole answer, chat.completion, for the decoders that write their own: choices and usage; id,
 * object, created and model come from provider_name_body. */
#ifndef INSULA_GATEWAY_ANSWER_WRITE_H
#define INSULA_GATEWAY_ANSWER_WRITE_H

#include "chunk_write.h"

struct answer {
    struct arena *arena;
    struct decoded *out;
    struct str source;      /* the provider's body: ids that are made differ as it does */
    struct text json, said[3], calls;
    struct json_writer *w, *calls_w;
    struct str logprobs;    /* raw */
    struct str call_extra;  /* raw: "extra_content" of the next call; absent: none */
    int choices, call_count;
    bool has_usage;
};

void answer_open(struct answer *answer, struct arena *arena, struct str source,
                 struct decoded *out);
/* Said in the choice that is open, after what was said before. */
void answer_text(struct answer *answer, enum said said, struct str text);
void answer_call(struct answer *answer, struct str id, struct str name, struct str arguments);
/* Of the choice that is open; anything but an object says nothing. */
void answer_logprobs(struct answer *answer, const struct json *logprobs);
/* The choice is over; the next one begins. */
void answer_choice(struct answer *answer, enum finish finish);
void answer_usage(struct answer *answer, const struct told_usage *told, struct str raw);
/* Frees all, in any case. -1 with "upstream_bad_response" when no choice was written, or at the
 * arena's maximum. */
int answer_close(struct answer *answer, struct error *err);

#endif
