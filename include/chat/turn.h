/* A chat turn: one question to one model, from admission to settlement. Two doors build one, three
 * threads own it one after the other, and this is its life:
 *
 *   turns_admit  desk    one transaction, for all that wait: idempotency, conversation, message, history,
 *                        turn row, hold; and the spool's file. From here on the turn will be settled,
 *                        come what may.
 *   turn_call    desk    the request to the provider
 *   turn_head    relay   the provider's status and headers
 *   turn_take    relay   its bytes: decoded, spooled, remembered, and handed to the sink as events
 *   turn_end     relay   how its body ended; or turn_stop, when we end it
 *   turn_again   relay   nothing was shown and it failed: the request to whom is asked next (chat/attempt.h),
 *                        and turn_head follows once more
 *   turn_settlement      what the ledger stores and charges
 *
 * Everything lives in the turn's arena. */
#ifndef INSULA_CHAT_TURN_H
#define INSULA_CHAT_TURN_H

#include "base/breakers.h"
#include "base/config.h"
#include "chat/attempt.h"
#include "chat/history.h"
#include "chat/spoken.h"
#include "chat/spool.h"
#include "gateway/records.h"
#include "store/turns.h"
#include "usage/price.h"

/* What every turn of a worker shares; outlives them all. */
struct chat {
    const char *spool_dir;
    const struct auth *auth;
    int doubt_ms; /* how long an admission waits to hear whether its commit was done */
};

/* The code of a turn that was admitted without its client knowing: nothing was asked of anybody. */
#define TURN_UNASKED "database_unavailable"

/* What a door has read and checked. */
struct turn_request {
    const struct json *parameters;   /* the client's body */
    struct str body_raw;             /* for the idempotency key's hash */
    const char *route;               /* the same */
    struct prompt prompt;            /* new messages, in order; empty to regenerate */
    const struct embedding *embedding; /* what is to be embedded; NULL: an answer is wanted */
    const struct model *model;
    bool stream;
    bool show_usage;                 /* the client asked for usage on its stream */
    bool stored;                     /* keep as a conversation */
    struct prompt preamble;          /* told to this turn alone, before everything; not stored */
    struct str settings;             /* keep as a response with these; absent: not as one */
    struct conversation_id conversation; /* zero: a new one. Of a turn that is not stored: where its history is */
    bool has_parent;                 /* parent is set, else the conversation's newest leaf */
    struct message_id parent;        /* what the first new message (or the answer) hangs on; zero: a root */
    int64_t max_tokens;              /* 0: not named */
    bool max_tokens_renamed;         /* named as max_completion_tokens */
    int64_t choices;                 /* n */
    struct str idempotency_key;      /* absent: none */
    const struct upstream_config *house; /* limits, where a provider has none of its own */
};

/* How long an attempt may take, and how much it may say: the provider's options, else the house's. */
struct deadlines {
    int connect_ms, first_event_ms, idle_ms, total_ms, reply_bytes;
};
struct breaker_rules breaker_rules_of(const struct upstream_config *house);
struct deadlines deadlines_of(const struct upstream *upstream, const struct upstream_config *house);

enum turn_outcome { TURN_COMPLETE, TURN_INTERRUPTED, TURN_FAILED };
const char *turn_outcome_text(enum turn_outcome outcome);

struct turn {
    struct arena *arena;
    const struct tenant_scope *scope;
    const struct tenant *tenant;
    const struct upstream_config *house;
    const struct model *model;            /* the one that is asked now: the request's, or a fallback of it */
    struct turn_id id;
    struct conversation_id conversation;  /* zero: not stored */
    struct message_id parent, answer;
    bool stored, stream, show_usage, needs_title;
    bool is_capped;                       /* there is an end to the budget that holds for it */
    struct str place;                     /* JSON: ids and model, the `conversation` event */
    int32_t period;
    int64_t hold, prompt_tokens;          /* prompt_tokens: the bound it was held by */
    int64_t started_unix_ms, started_ms;  /* wall and steady clock */
    int total_ms;                         /* of all attempts together */
    struct completion completion;
    struct attempts attempts;

    /* one attempt: the relay's while it runs */
    const struct upstream *upstream;      /* whom it asks; before the first, whom it will */
    struct deadlines limits;
    struct arena *request;                /* of call */
    struct http_request call;
    struct http_head head;
    bool has_head;
    struct records records;
    struct decoder decoder;
    struct arena *scratch;                /* of one event */
    struct text body;                     /* an error's, or a whole answer's */
    struct spoken spoken;
    int64_t output_bytes, taken_bytes;
    struct usage usage;
    uint64_t record_count;                /* of the provider's, that said something */
    int64_t first_ms;                     /* from the turn's start to the first event; -1: none yet */
    bool end_mark;

    /* over all attempts */
    struct spool *spool;
    uint64_t events;                      /* id of the last event that was shown */

    /* when it is over */
    bool over;
    enum turn_outcome outcome;
    struct error error;                   /* for the client; kind ERROR_NONE when complete */
    int64_t total_spent_ms;
    struct turn_row charged;              /* what was settled, for the log; set by the ledger */
};

/* A turn that waits to be admitted, and what became of it: one of the last three. */
struct admission {
    const struct tenant_scope *scope;
    const struct tenant *tenant;
    const struct turn_request *request;
    struct arena *arena;                  /* the turn's */
    struct turn *turn;                    /* NULL: it is not admitted */
    struct turn_id attached;              /* the turn, live or finished, that the same idempotency key and
                                             body began; zero: none */
    struct error error;
};
#define ADMIT_MOST 64

/* Admits as many turns as possible, 1 to ADMIT_MOST of any tenants, in one transaction. Each has its own
 * outcome: whatever is wrong with one is no matter of the others.
 *
 * ERROR_NOT_FOUND: conversation or parent. ERROR_LIMIT "insufficient_quota". ERROR_UNPROCESSABLE
 * "idempotency_mismatch". ERROR_UNAVAILABLE: database or spool. */
void turns_admit(const struct chat *chat, struct db *db, struct admission *list, size_t count);

/* Writes turn->call, for the first attempt. On failure the turn is over (nothing was asked of anybody). */
int turn_call(struct turn *turn, struct error *err);
/* When an attempt is over. True: the turn is not, and turn->call is to be sent in *wait_ms_out; nothing
 * of the failed attempt is left but its place in turn->attempts. */
bool turn_again(struct turn *turn, int *wait_ms_out);

/* Takes an event for the client: id from 1, data one chat.completion.chunk. 0, or -1 to stop. */
struct turn_sink {
    int (*event)(void *self, uint64_t id, struct str data);
};
void turn_head(struct turn *turn, const struct http_head *head);
/* -1: the turn is over, the transfer can stop. */
int turn_take(struct turn *turn, struct str bytes, const struct turn_sink *sink, void *self);
void turn_end(struct turn *turn, enum transfer_end how, const char *detail,
              const struct turn_sink *sink, void *self);
/* We end it: "client_gone", "cancelled", "shutdown" (interrupted), "upstream_timeout" (failed). */
void turn_stop(struct turn *turn, enum turn_outcome outcome, enum error_kind kind, const char *code,
               const char *words);
/* Writes the spool's result record; the turn leaves the relay. */
void turn_leave(struct turn *turn);
/* A turn before its admission: nothing of it is anywhere yet. */
struct turn *turn_new(const struct admission *asked, int64_t now_unix_ms);
/* The ledger's row of a turn, as it is known at admission. */
struct turn_row turn_row_of(const struct turn *turn);
/* Frees what is not in the arena: spool (kept as a file), buffers. */
void turn_free(struct turn *turn);

#endif
