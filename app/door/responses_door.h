/* OpenAI's Responses, shared by their sources; private to door/. */
#ifndef INSULA_DOOR_RESPONSES_DOOR_H
#define INSULA_DOOR_RESPONSES_DOOR_H

#include "voice.h"

/* ---- asking: a client's body as a chat completion's ---- */

int responses_to_chat(struct arena *arena, const struct json *body, struct str *out,
                      struct error *err);

/* Members "messages" and, where there are any, "tools" and "tool_choice".
 * ERROR_BAD_REQUEST naming the place. */
int responses_put_messages(struct json_writer *w, const struct json *body, struct error *err);
/* Member "content" of a message; place: where it stands in the client's body. */
int responses_put_content(struct json_writer *w, const char *place, const struct json *content,
                          struct error *err);
int responses_put_tools(struct json_writer *w, const struct json *body, struct arena *arena,
                        struct error *err);

/* A tool that the provider was told of, as the client calls it. */
struct responses_tool {
    struct str name, within;   /* within: its namespace; absent: none */
    bool is_custom;            /* one text instead of JSON arguments: a function with one parameter, `input` */
};
/* By the name that the provider knows it by. */
struct responses_tool responses_tool_of(const struct json *body, struct str name);
/* The name that the provider knows a tool by: "within__name". */
struct str responses_tool_name(struct arena *arena, struct str within, struct str name);

/* ---- answering ---- */

enum item_kind { ITEM_REASONING, ITEM_MESSAGE, ITEM_CALL };

/* An item of the answer. */
struct item {
    enum item_kind kind;
    int index;                 /* output_index */
    bool is_done;
    struct text text;          /* reasoning, words, or a call's arguments */
    struct text refusal, logprobs;
    int text_at, refusal_at, parts; /* content_index of each, -1: not there; how many there are */
    struct text call_id;
    struct responses_tool tool;
    struct item *next;
};

#define CALLS_MAX 128

/* A call before its name is known is no item yet. */
struct calling {
    struct item *item;
    struct text id, name, arguments;
};

/* What was said so far; a voice's state. */
struct fold {
    int64_t number;            /* of the next event */
    struct item *first, *last;
    int count;                 /* of items */
    struct calling *calls;     /* CALLS_MAX, once there is one */
    bool is_short;             /* cut at its length, or by a filter */
    const char *why_short;     /* "max_output_tokens", "content_filter" */
    bool is_broken;            /* what is open will not be finished */
    size_t from;               /* where the event that is being written begins */
    struct arena *scratch;     /* of one chunk */
};
struct fold *responses_fold(struct voice *voice);

/* Opens an event about a part of an item. part_name: "content_index", "summary_index"; NULL: about the whole. */
struct json_writer *responses_about(struct voice *voice, const char *type, const struct item *item,
                                    const char *part_name, int part);
/* The whole of such an event, whose one more member is text. */
void responses_tell_text(struct voice *voice, const char *type, const struct item *item,
                         const char *part_name, int part, const char *member, struct str text);
/* "…_part.added" and ".done". */
void responses_tell_summary(struct voice *voice, const char *type, const struct item *item);
void responses_tell_part(struct voice *voice, const char *type, const struct item *item, int part);
/* "output_item.added" and ".done". */
void responses_tell_item(struct voice *voice, const char *type, const struct item *item);
/* All events that end an item. */
void responses_close_item(struct voice *voice, struct item *item);

/* Adds a delta of a chunk, or the message of a completion, with its events. */
void responses_hear(struct voice *voice, const struct json *choice);
/* Closes what is open, with its events. */
void responses_close(struct voice *voice);

/* An event from its type on; what the client has heard before is taken back when it is closed. */
struct json_writer *responses_event(struct voice *voice, const char *type);
void responses_event_end(struct voice *voice, struct json_writer *w);

enum response_status { IN_PROGRESS, COMPLETED, INCOMPLETE, FAILED, CANCELLED };
/* The response object as it is now. problem: of FAILED. */
void responses_put_object(struct json_writer *w, struct voice *voice, enum response_status status,
                          const struct problem *problem_or_null);
/* problem: why it is over without being complete; NULL: it is complete. */
enum response_status responses_ended_as(const struct voice *voice,
                                        const struct problem *problem_or_null);

/* ---- items; texts live in the fold's scratch ---- */

void responses_put_item(struct json_writer *w, const struct voice *voice, const struct item *item);
/* One part of a message, by its content_index. */
void responses_put_part(struct json_writer *w, const struct voice *voice, const struct item *item,
                        int part);
const char *responses_item_id(const struct voice *voice, const struct item *item);
struct str responses_logprobs(const struct voice *voice, const struct item *item);
/* A custom tool's text, out of the arguments of the function that stands for it. */
struct str responses_custom_input(struct arena *arena, struct str arguments);

#endif
