/* The attempts of a turn: which provider is asked first, and which next when one has failed before
 * anything of its answer was shown.
 *
 * A turn has a plan: the routes of its model, drawn by weight (the turn's id is the die, so the same turn
 * always draws the same), then those of the model's fallback, and so on. Each attempt takes the next leg
 * of it. Failures differ in what they say about asking again:
 *
 *   nowhere    400, 413, a filter: the request is at fault, and every provider would say so
 *   elsewhere  401, 403 (not at this provider), 404, a used-up quota, nonsense, an address that may not
 *              be called: another leg may know better
 *   again      no connection, 429, 5xx, a timeout: another leg at once; the same one after a pause, where
 *              its model has no other, and before a fallback once
 *
 * Pure, but for the clock that is handed in. */
#ifndef INSULA_CHAT_ATTEMPT_H
#define INSULA_CHAT_ATTEMPT_H

#include "tenancy/tenant.h"

#define ATTEMPTS_MOST 10 /* of a turn: the bound of [upstream] attempts */

struct leg {
    const struct model *model;
    const struct model_route *route;
    int tries;
    bool closed;        /* not again: what it said will not change */
    int64_t ready_ms;   /* not again before, by the steady clock */
};

/* One request to a provider, as the ledger keeps it. */
struct attempt {
    struct str model;   /* public name */
    struct provider_id provider;
    struct str code;    /* why it failed; empty: it did not, or nobody knows yet */
    int64_t began_ms;   /* steady clock */
    int64_t ms;         /* until it ended */
};

struct attempts {
    struct leg *legs;
    size_t leg_count;
    struct leg *at;     /* under way, or the last; NULL: none was taken */
    struct attempt list[ATTEMPTS_MOST];
    size_t count;
    bool under_way;     /* the last of the list */
};

/* Makes the plan; legs live in the arena. */
void attempts_plan(struct attempts *a, struct arena *arena, const struct model *model,
                   struct turn_id turn);

/* Takes the next leg, a->at, to be asked in *wait_ms_out; at most `most` requests in all, no pause over
 * wait_most_ms, nothing at or behind until_ms. False: there is none. The caller then begins or skips it. */
struct attempt_limits {
    int most, wait_most_ms;
    int64_t until_ms;
};
bool attempts_next(struct attempts *a, const struct attempt_limits *limits, int64_t now_ms,
                   int *wait_ms_out);
/* The request of a->at goes out at began_ms. */
void attempts_begin(struct attempts *a, int64_t began_ms);
/* It cannot be asked at all: its kind of provider does not know what the request wants. */
void attempts_skip(struct attempts *a);
/* The attempt under way is over; kind ERROR_NONE: it answered. No attempt under way: nothing happens.
 * True: another may follow. */
bool attempts_end(struct attempts *a, const struct error *err, int64_t now_ms);

/* Does the failure say that the provider is out of order, rather than that it said no? */
bool attempt_is_sick(const struct error *err);

/* For the ledger: [{"model":"…","provider":"<hex>","code":"…","ms":812},…], at most 16 KiB. */
struct str attempts_json(struct arena *arena, const struct attempt *list, size_t count);

#endif
