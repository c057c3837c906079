/* Anthropic's Messages as a door (PROTOCOLS.md 4), in parts; private to door/. */
#ifndef INSULA_DOOR_MESSAGES_H
#define INSULA_DOOR_MESSAGES_H

#include "door/door.h"
#include "heard.h"
#include "translate.h"

/* messages_request.c: the body, and of a body whose tokens are to be counted, which names no maximum. */
int messages_to_chat(struct arena *arena, const struct json *body, struct str *out,
                     struct error *err);
int count_tokens_to_chat(struct arena *arena, const struct json *body, struct str *out,
                         struct error *err);

/* messages_content.c: `system` and `messages` as chat messages. */
int messages_put(struct translation *t, const struct json *body, struct error *err);
/* messages_blocks.c: what a person's message may hold, but for tool results, as a part. */
int block_put_part(struct translation *t, const struct json *block, const struct place *place,
                   struct error *err);
/* The texts of a string or of an array of text blocks, with the separator between them; absent where there
 * is none. What `passed_over` names is left to the caller. In the arena. */
int blocks_join(struct translation *t, const struct json *content, const struct place *place,
                const char *separator, const char *const *passed_over, struct str *out,
                struct error *err);
/* A block's type; refused where a block is no object with one. */
int block_type(const struct json *block, const struct place *place, struct str *out,
               struct error *err);

/* messages_tools.c: tools and tool_choice. */
int messages_put_tools(struct translation *t, const struct json *body, struct error *err);

/* messages_say.c: a stream. */
struct said messages_open(struct voice *voice);
struct said messages_event(struct voice *voice, uint64_t id, struct str chunk);
struct said messages_done(struct voice *voice);

/* messages_body.c: a whole answer, and what a stream has in common with it. */
struct said messages_body(struct voice *voice, struct str completion);
/* Anthropic's word for the end of an answer. */
const char *stop_reason(struct str finish, bool has_calls, bool refused, bool by_stop_text);
/* usage's members; cache_written: -1 is none. */
void messages_put_usage(struct json_writer *w, const struct reckoning *reckoning,
                        int64_t cache_written);
/* "msg_…" for "turn_…". */
const char *message_name(struct voice *voice);

#endif
