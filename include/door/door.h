/* A door is a client's protocol: how its questions are read and how its answers are written. Inside,
 * everybody speaks OpenAI's chat form: a door turns its request into the body of a chat completion, and
 * a turn's chat.completion.chunk objects into its own events. The mirror of gateway/provider.h: pure
 * functions, bytes in, bytes out: no socket, no clock, no database.
 *
 * What a door says at the end of a stream is said once the turn is stored and charged, never before. */
#ifndef INSULA_DOOR_DOOR_H
#define INSULA_DOOR_DOOR_H

#include "base/error.h"
#include "json/read.h"
#include "json/write.h"

/* What a turn came to, as it was stored and charged; tokens are the provider's or, where it told none,
 * counted. */
struct reckoning {
    int64_t tokens_in, tokens_cached, tokens_out, tokens_reasoning;
    int64_t first_ms, total_ms; /* first_ms: until the first event; -1: none came */
};

/* One answer under way; lives in its exchange's arena, which frees it. */
struct voice {
    const struct door *door;
    struct arena *arena;
    const char *turn;          /* "turn_…" */
    int64_t created;           /* unix seconds */
    const char *model;         /* the client's name of the model; NULL: not known */
    struct str place;          /* the turn's ids and model as JSON; empty: nothing to tell */
    const struct json *asked;  /* the client's body; NULL: not known (a resumed stream) */
    int64_t heard;             /* the door's own number of the last event that the client has had; -1: none */
    struct reckoning reckoning; /* for `done` and `body`; before, an estimate of tokens_in */
    void *state;               /* the door's own; NULL at first */
    struct text out;           /* what was said last */
};

/* The voice of an answer that is about to begin. */
struct voice *voice_new(const struct door *door, struct arena *arena, const char *turn,
                        int64_t created, const char *model_or_null);

/* What to send, in order; borrowed until the voice's next call. None: nothing. */
#define SAID_MOST 4
struct said {
    struct str pieces[SAID_MOST];
    size_t count;
};

/* An error as HTTP knows it. */
struct problem {
    int status;
    const char *type, *code, *message; /* code: NULL where there is none */
    const char *param;                 /* NULL: none */
    const char *request_id;
};

struct door {
    const char *name;
    const char *stream_type;   /* Content-Type of a stream */
    const char *id_header;     /* the request id's second name; NULL: X-Request-Id will do */
    bool tells_usage;          /* its streams tell the usage whether or not it was asked for */
    bool hears_bodies;         /* event takes a whole answer too: a turn that was not streamed, followed as a stream */

    /* The body of a chat completion for a client's body, in the arena; NULL: it is one.
     * ERROR_BAD_REQUEST naming the place in the client's body. */
    int (*to_chat)(struct arena *arena, const struct json *body, struct str *out,
                   struct error *err);

    /* A stream: open once, any number of events and pings, one of the two ends. chunk is a
     * chat.completion.chunk object in one line, id its number, from 1. */
    struct said (*open)(struct voice *voice);
    struct said (*event)(struct voice *voice, uint64_t id, struct str chunk);
    struct said (*ping)(struct voice *voice); /* every client skips it */
    struct said (*done)(struct voice *voice);
    struct said (*broken)(struct voice *voice, const struct problem *problem);

    /* An answer that is not streamed, of a chat.completion object. */
    struct said (*body)(struct voice *voice, struct str completion);

    /* One JSON value, wherever the error happened. */
    void (*problem)(struct json_writer *w, const struct problem *problem);
};

extern const struct door insula_door;       /* app/door/insula.c: our own, /api/v1 */
extern const struct door chat_door;         /* app/door/chat.c: OpenAI's chat completions */
extern const struct door text_completions_door; /* its older form: a prompt, and a text */
extern const struct door responses_door;    /* app/door/responses_door.c: OpenAI's Responses */
extern const struct door messages_door;     /* app/door/messages.c: Anthropic's Messages */
extern const struct door count_tokens_door; /* the same: a body whose tokens are counted */
extern const struct door ollama_door;       /* app/door/ollama.c: Ollama's chat */
extern const struct door generate_door;     /* the same: its generate */
extern const struct door embed_door;        /* the same: its embed */

#endif
