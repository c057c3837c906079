/* What becomes of exchanges that ask for a turn: relayed, following, or refused. */
#include "web/admit.h"

#include "base/clock.h"
#include "base/metrics.h"

/* A retry sees what the first request sees, from its beginning. */
static int attach(struct exchange *x, struct db *db, struct turn_id turn, struct error *err)
{
    slots_give(x->house->slots, x->scope);
    x->has_slot = false;
    if (follow_open(&x->house->chat, x->scope, db, turn, 0, x->arena, &x->follow, err) < 0)
        return -1;
    x->follow_stream = x->asked->stream;
    x->next = NEXT_FOLLOW;
    return 0;
}

/* Relayed even when the request cannot be written: the turn must be settled. */
static void begin(struct exchange *x, struct turn *turn)
{
    struct error ignored;
    x->turn = turn;
    x->next = NEXT_RELAY;
    metrics_add(METRIC_TURNS_ADMITTED, 1);
    (void)!turn_call(turn, &ignored);
}

static void take_outcome(struct exchange *x, struct db *db, const struct admission *outcome)
{
    struct error err = outcome->error;
    bool is_attached = !turn_id_is_zero(outcome->attached);
    if (outcome->turn)
        begin(x, outcome->turn);
    else if (!is_attached || attach(x, db, outcome->attached, &err) < 0) {
        x->next = NEXT_ANSWER;
        respond_problem(x, &err);
    }
}

void exchanges_admit(struct exchange **list, size_t count, struct db *db)
{
    struct admission asked[ADMIT_MOST];
    for (size_t i = 0; i < count; i++)
        asked[i] = (struct admission){ .scope = list[i]->scope,
                                       .tenant = list[i]->tenant,
                                       .request = list[i]->asked,
                                       .arena = list[i]->arena };
    int64_t from = clock_steady_us();
    turns_admit(&list[0]->house->chat, db, asked, count);
    int64_t spent = clock_steady_us() - from;
    for (size_t i = 0; i < count; i++) {
        list[i]->db_us += spent;
        take_outcome(list[i], db, &asked[i]);
    }
}
