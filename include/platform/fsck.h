/* Proofs over the whole house, for insulactl fsck: sum of settled turns = budget.used = sum of
 * usage_hour, always, for every tenant, month, hour and model; an answer for each turn; and no table in
 * which a row could point across tenants. Read only. */
#ifndef INSULA_PLATFORM_FSCK_H
#define INSULA_PLATFORM_FSCK_H

#include "platform/platform.h"

struct finding {
    const char *check;       /* what was proved, in words: a literal */
    int64_t examined, wrong;
    const char *example;     /* the first that is wrong; "" when none is */
};

/* The ledger's checks, all on one snapshot of the database, so that a house at work passes.
 * findings has room for FSCK_LEDGER_CHECKS; examples live in the arena. */
#define FSCK_LEDGER_CHECKS 6
int fsck_ledger(struct platform p, int64_t now_unix_ms, struct arena *arena,
                struct finding findings[FSCK_LEDGER_CHECKS], struct error *err);

/* Answers and their turns, both ways. Needs an account that may read messages: the migration account. */
int fsck_answers(struct platform p, struct arena *arena, struct finding *out, struct error *err);

/* Primary and foreign keys of every tenant's table begin with tenant_id. An account sees only tables
 * that it has rights on: the migration account sees all. */
int fsck_keys(struct platform p, struct arena *arena, struct finding *out, struct error *err);

/* What the ledger knows of a turn, for the files of the spool. */
enum turn_state { TURN_UNKNOWN, TURN_OPEN, TURN_SETTLED };
int fsck_turn(struct platform p, struct tenant_id tenant, struct turn_id turn,
              enum turn_state *state_out, struct error *err);

#endif
