/* The steps of admission, each a part of one transaction; private to chat/. */
#ifndef INSULA_CHAT_ADMISSION_H
#define INSULA_CHAT_ADMISSION_H

#include "chat/turn.h"

/* What one attempt at the transaction works on; made anew when it is run again. */
struct admission {
    const struct chat *chat;
    const struct tenant_scope *scope;
    const struct tenant *tenant;
    const struct turn_request *request;
    struct arena *arena;
    struct turn *turn;             /* out */
    struct turn_id attach;         /* out: set instead of turn */
    bool attached;
    int attempts;                  /* at the transaction, this one included */
};

/* Claims the idempotency key, or finds whose it is (admission->attached). */
int admit_key(struct admission *a, struct db *db, struct error *err);
/* Finds or makes the conversation, stores the new messages, and reads the history. */
int admit_conversation(struct admission *a, struct db *db, struct error *err);
/* How much to hold: the most that the turn can cost; lowers max_tokens to what is left. */
int admit_budget(struct admission *a, struct db *db, struct error *err);
/* Takes the hold. The last step before the commit: the month's row is every turn's, so it is locked
 * last. ERROR_DEADLOCK when others took what was left since the look: look again. */
int admit_hold(struct admission *a, struct db *db, struct error *err);

#endif
