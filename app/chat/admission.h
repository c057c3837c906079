/* The steps of admission, each a part of one transaction for many turns; private to chat/. */
#ifndef INSULA_CHAT_ADMISSION_H
#define INSULA_CHAT_ADMISSION_H

#include "chat/turn.h"
#include "db/db.h"
#include "store/conversations.h"

/* WAITING is admitted when the transaction is committed. */
enum candidate_state { WAITING, REFUSED, ATTACHED };

/* One turn in one attempt at the transaction; made anew when it is run again. */
struct candidate {
    struct admission *asked;
    enum candidate_state state;
    struct error error;    /* REFUSED: why */
    struct turn_id attach; /* ATTACHED: to whom */
    struct turn *turn;
    bool has_key;              /* it has claimed its idempotency key */
    struct conversation begun; /* id zero: it goes on with one that is there */
    struct message *added;     /* to be stored, oldest first */
    size_t added_count;
    struct message_id after;   /* what the first of them hangs on */
    struct str sealed_scope;
};

/* Those that are admitted together, by tenant and conversation: everybody locks in this order. */
struct admissions {
    const struct chat *chat;
    struct candidate *list;
    size_t count;
    struct arena *arena;       /* of what they share */
    int attempts;              /* at the transaction, this one included */
    bool must_look;            /* at each budget, before anything is held for */
    bool was_short;            /* a budget that was not looked at had less than was assumed */
    int64_t now_unix_ms;       /* when all of them begin */
    const struct turn *looked; /* admit_budget's: whose tenant's budget it has seen last, */
    bool is_capped;            /* whether there is an end to it, */
    int64_t left;              /* and what those before have left of it */
};

/* ---- steps of one turn; they read, and write nothing but the key's row ---- */

/* Claims the idempotency key, or finds whose it is (ATTACHED). */
int admit_key(struct admissions *all, struct candidate *c, struct db *db, struct error *err);
/* Finds the conversation or thinks of a new one, reads the history, and says what is to be stored.
 */
int admit_conversation(struct admissions *all, struct candidate *c, struct db *db,
                       struct error *err);
/* How much to hold: the most that the turn can cost; where little is left, lowers max_tokens to
 * that. */
int admit_budget(struct admissions *all, struct candidate *c, struct db *db, struct error *err);
/* Makes the spool's file. Before the commit: a turn row without a file would have to wait for its
 * deadline to be settled, a file without a row is simply removed. */
int admit_spool(struct admissions *all, struct candidate *c, struct db *db, struct error *err);

/* ---- steps of all together ---- */

/* Writes the rows of those that wait: conversations, messages, the ledger's. */
int admit_rows(struct admissions *all, struct db *db, struct error *err);
/* Takes the holds. The last step before the commit: a month's row is every turn's, so it is locked
 * last. was_short: look first. ERROR_DEADLOCK when others took what was left
 * since the look: look again. */
int admit_holds(struct admissions *all, struct db *db, struct error *err);

#endif
