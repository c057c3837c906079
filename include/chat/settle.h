/* The second transaction of a turn: store the answer, close the turn, move the hold to what was spent,
 * add to the sums. Many turns share one commit. */
#ifndef INSULA_CHAT_SETTLE_H
#define INSULA_CHAT_SETTLE_H

#include "chat/turn.h"

struct settlement {
    const struct tenant_scope *scope;
    struct turn_row row;          /* id, model, period, hold, tokens, cost, outcome, times */
    struct str content, parts;    /* the answer; kept when row.conversation is set. parts: of spoken_parts */
    bool needs_title;             /* the conversation had no words to be named after */
    bool already;                 /* out: somebody settled it before */
};

/* What else than its text is kept of an answer that came to its end: parts, and as its code why it is short. Nobody was told to make the calls
 * of one that did not. */
void settlement_keep(struct settlement *s, struct spoken *spoken, struct arena *arena);

/* From a turn that is over. */
struct settlement turn_settlement(struct turn *turn);
/* Fills tokens, source and cost of a row from what is known. produced: bytes of output that passed
 * through; nothing produced and nothing said costs nothing. */
void settlement_price(struct settlement *s, struct prices prices, const struct usage *usage,
                      int64_t prompt_tokens, int64_t produced);

/* All or none. Whole batches are retried on deadlock; an unknown outcome of the commit is looked up by
 * the turns' ids. After 0 each is settled, by us or before (`already`).
 * ERROR_UNAVAILABLE: nothing is known to be settled; try again later. */
int settle_batch(struct db *db, struct settlement *list, size_t count, struct error *err);

/* The spool's last record, written when a turn is settled: what a client that follows needs to end as
 * the first one did. error->kind is ERROR_NONE where there is none. */
struct str settled_record(struct arena *arena, const struct turn_row *row,
                          const struct error *error);

#endif
