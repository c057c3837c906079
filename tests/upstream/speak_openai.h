/* OpenAI's chat completions, and the manners of servers that speak almost the same. */
#ifndef UPSTREAM_SPEAK_OPENAI_H
#define UPSTREAM_SPEAK_OPENAI_H

#include "speak.h"

/* How a tool call begins: with its name and first arguments, with its name alone; or all of it is
 * in every piece, as far as it is known. */
enum call_manner { CALLS_OPENAI, CALLS_NAME_FIRST, CALLS_REPEATED };

/* What differs; each text is JSON as it goes out. */
struct manners {
    bool no_id; /* "id" is "" */
    const char *fingerprint;
    const char *opening;     /* a record before all others; NULL: none */
    const char *first_delta; /* of a chunk before all others; NULL: none */
    const char *each_delta;  /* members of every delta, with a comma behind them */
    const char *first_piece; /* members of the first delta that says something, likewise */
    const char *last_delta;  /* of the chunk with the finish reason */
    const char *reasoning;   /* the member's name */
    const char *choice; /* further members of each choice of a chunk, with a comma before them */
    const char *choice_whole; /* the same of an answer that is not streamed */
    const char *whole;        /* further members of an answer that is not streamed, likewise */
    const char *usage;        /* further members of the record with the usage, likewise */
    bool usage_null;          /* chunks without usage say so */
    enum call_manner calls;
    bool one_call;
    bool silent_calls; /* no finish reason behind tool calls; "stop" where it is not streamed */
    bool done_after_error;
};

void openai_begin(struct answer *answer, struct buffer *out);
void openai_say(struct answer *answer, const struct piece *piece, struct buffer *out);
void openai_finish(struct answer *answer, struct buffer *out);
void openai_end(struct answer *answer, struct buffer *out);
void openai_fail(struct answer *answer, struct buffer *out);
void openai_whole(struct answer *answer, struct buffer *out);

/* Everything of a protocol that is OpenAI's: what differs is written before it. */
#define ASKING_OPENAI                                                                              \
    {                                                                                              \
        .messages = "messages", .content = "content", .limits = {                                  \
            "max_completion_tokens",                                                               \
            "max_tokens"                                                                           \
        }                                                                                          \
    }
#define SPEAKING_OPENAI                                                                            \
    .asking = ASKING_OPENAI, .stream_type = "text/event-stream; charset=utf-8",                    \
    .line = "data: %s\n\n", .begin = openai_begin, .say = openai_say, .finish = openai_finish,     \
    .end = openai_end, .alive = add_comment, .whole = openai_whole

#endif
