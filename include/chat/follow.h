/* Following a turn's spool from any worker: resume, poll, and a retry that attaches. */
#ifndef INSULA_CHAT_FOLLOW_H
#define INSULA_CHAT_FOLLOW_H

#include "chat/turn.h"

enum follow_state {
    FOLLOW_LIVE,        /* more may come */
    FOLLOW_DONE,        /* complete, stored and charged */
    FOLLOW_BROKEN,      /* see error: interrupted or failed, stored and charged; or given up */
};

struct follow {
    struct turn_id turn;
    struct spool_reader *reader;
    uint64_t at;               /* id of the last event that was handed on */
    uint64_t seen;             /* of the last that was read */
    bool resumed;              /* began behind an event */
    enum follow_state state;
    int64_t until_unix_ms;     /* nobody waits longer for a turn that nobody settles */
    struct error error;        /* as the first client was told it; "not_settled": given up */
    char code[64], type[64];   /* what error points to */
    struct text place;         /* the turn's ids and model, as JSON */
    struct text body;          /* of a turn that is not streamed */
    struct turn_row charged;   /* FOLLOW_DONE: its tokens and times, as they were settled */
};

/* Opens a turn of the scope's own user for reading behind event `after`. A turn whose spool is no
 * longer kept is ERROR_GONE "stream_gone" (its answer is in the conversation); another's and none are
 * ERROR_NOT_FOUND. The reader is closed with the arena. */
int follow_open(const struct chat *chat, const struct tenant_scope *scope, struct db *db,
                struct turn_id turn, uint64_t after, struct arena *arena, struct follow **out,
                struct error *err);

/* Hands on what has come since: events to the sink (behind `after`), a body into follow->body.
 * Returns -1 when the sink did, else 0; follow->state says whether there may be more. */
int follow_read(struct follow *follow, const struct turn_sink *sink, void *self);
/* Nobody will write its end: FOLLOW_BROKEN, ERROR_UNAVAILABLE "spool_unavailable". */
void follow_give_up(struct follow *follow);

#endif
