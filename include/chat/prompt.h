/* The messages of a request: read, checked, and measured for the hold. */
#ifndef INSULA_CHAT_PROMPT_H
#define INSULA_CHAT_PROMPT_H

#include "gateway/completion.h"

struct prompt_limits {
    int messages;          /* per request */
    int message_bytes;     /* one message's text */
};

struct prompt {
    struct prompt_message *messages;
    int64_t *tokens;       /* per message: an upper bound of its prompt tokens */
    size_t count;
};

/* Reads `messages` of a client's body: a non-empty array of objects, each with a known role and a
 * content that is a string, null (assistant, tool calls) or an array of parts.
 * ERROR_BAD_REQUEST "invalid_messages" naming the place ("messages[3].content"); ERROR_TOO_LARGE. */
int prompt_read(struct arena *arena, const struct json *messages,
                const struct prompt_limits *limits, struct prompt *out, struct error *err);
/* Whether each tool's result among the messages that prompt_read has taken answers a call of an earlier one:
 * for who sends a conversation whole. ERROR_BAD_REQUEST "invalid_messages" naming the place. */
int prompt_check_calls(const struct json *messages, struct error *err);
/* One message of plain text. */
int prompt_of_text(struct arena *arena, const char *role, struct str text,
                   const struct prompt_limits *limits, struct prompt *out, struct error *err);

/* The bound for a text: a token is at least one byte, and a few for the message's frame. */
int64_t prompt_tokens_of(struct str text);

/* The same for what a request says beside its messages: tools and schemas are part of a prompt too. */
int64_t prompt_tokens_beside(const struct json *body_or_null);

/* A title from what a person (or else the answer) said first: its first line, without markup, at most
 * 60 characters, cut between words. Empty when the text has no words. In the arena. */
struct str title_of(struct arena *arena, struct str text);

#endif
