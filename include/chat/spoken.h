/* What an answer says, put together from its chunks: the text, a refusal, tool calls. Of choice 0, as
 * everything that is stored. */
#ifndef INSULA_CHAT_SPOKEN_H
#define INSULA_CHAT_SPOKEN_H

#include "gateway/provider.h"

#define SPOKEN_CALLS_MAX 128 /* OpenAI's maximum of tools */

struct spoken_call {
    struct text id, name, arguments;
};

struct spoken {
    struct text content, refusal;
    struct spoken_call *calls; /* in the arena given to spoken_take */
    size_t call_count;         /* calls beyond the maximum are not kept */
    enum finish finish;
    struct str parts;      /* once they were asked for */
};

/* max_bytes: of each text. */
struct spoken spoken_make(size_t max_bytes);
void spoken_free(struct spoken *spoken);

/* Adds what one record of a stream, or a whole body, says. arena: as long as *spoken; scratch: of the
 * record. */
void spoken_take(struct spoken *spoken, const struct decoded *decoded, struct arena *arena,
                 struct arena *scratch);

/* The whole OpenAI message object of an answer that came to its end, in the arena; absent where it is
 * plain text. Calls whose arguments are no JSON are left out: an answer that was cut at its length
 * may end within one, and no provider takes such a call back. */
struct str spoken_parts(struct spoken *spoken, struct arena *arena);
/* Why an answer that came to its end is shorter than it would have been: "length", "content_filter", or "". */
struct str spoken_cut(const struct spoken *spoken);

#endif
