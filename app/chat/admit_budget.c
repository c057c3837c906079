/* Holds the most that turns can cost, before anything is asked of a provider. */
#include "admission.h"

#include "store/budgets.h"
#include "tight.h"

#define TRIES        3  /* another turn may take what was left between look and hold */
#define LEAST_ANSWER 16 /* tokens below which lowering max_tokens helps nobody */

static int used_up(struct error *err)
{
    fail(err, ERROR_LIMIT, "insufficient_quota", "This month's budget does not cover the request.");
    err->type = "insufficient_quota";
    err->retry_useless = 1;
    return -1;
}

/* Of whoever will answer. */
static int64_t answer_wanted(const struct turn_request *request)
{
    if (request->embedding)
        return 0;
    int64_t most = request->max_tokens;
    for (const struct model *m = request->max_tokens ? NULL : request->model; m; m = m->fallback)
        most = m->output_tokens > most ? m->output_tokens : most;
    return most;
}

static bool are_of_one_tenant(const struct turn *a, const struct turn *b)
{
    return scope_tenant(a->scope).v == scope_tenant(b->scope).v;
}

/* As if there were room for all, and a cap as the tenant's snapshot says: the hold finds out. */
static void assume_room(struct admissions *all, const struct turn *turn)
{
    all->looked = turn;
    all->is_capped = turn->tenant->monthly_budget >= 0;
    all->left = BUDGET_UNLIMITED;
}

/* One look at the budget for all turns of a tenant: each is offered what those before it have left.
 * Most need none: it is assumed that there is room, unless there was none lately. */
static int look(struct admissions *all, const struct turn *turn, struct db *db, struct error *err)
{
    struct budget budget;
    int64_t cap =
        turn->tenant->monthly_budget < 0 ? BUDGET_UNLIMITED : turn->tenant->monthly_budget;
    if (all->looked && are_of_one_tenant(all->looked, turn))
        return 0;
    if (!all->must_look && !budget_is_tight(scope_tenant(turn->scope))) {
        assume_room(all, turn);
        return 0;
    }
    if (budget_find(turn->scope, db, turn->period, cap, turn->arena, &budget, err) < 0)
        return -1;
    budget_set_tight(scope_tenant(turn->scope), false);
    all->looked = turn;
    all->is_capped = budget.cap < BUDGET_UNLIMITED;
    all->left = budget.cap - budget.used - budget.held;
    return 0;
}

int admit_budget(struct admissions *all, struct candidate *c, struct db *db, struct error *err)
{
    const struct turn_request *request = c->asked->request;
    struct turn *turn = c->turn;
    struct prices prices = prices_most(request->model);
    int64_t choices = request->choices > 1 ? request->choices : 1;
    int64_t tokens = answer_wanted(request) * choices;
    turn->prompt_tokens += prompt_tokens_beside(request->parameters);
    if (look(all, turn, db, err) < 0)
        return -1;
    int64_t fits = price_affordable(prices, turn->prompt_tokens, all->left);
    if (fits < tokens)
        budget_set_tight(scope_tenant(turn->scope), true);
    if (fits < tokens && fits < LEAST_ANSWER * choices)
        return used_up(err);
    tokens = fits < tokens ? fits : tokens;
    turn->hold = price_bound(prices, turn->prompt_tokens, tokens);
    all->left -= turn->hold;
    turn->is_capped = all->is_capped;
    if (turn->is_capped || request->max_tokens)
        turn->completion.max_tokens = tokens / choices;
    return 0;
}

static int not_taken(struct admissions *all, struct error *err)
{
    used_up(err);
    all->was_short = !all->must_look;
    if (all->was_short)
        return -1;
    err->kind = all->count == 1 && all->attempts == TRIES ? ERROR_LIMIT : ERROR_DEADLOCK;
    return -1;
}

/* One row for a tenant's turns, of which the first is `first`; *end_out is behind the last of them.
 */
static int add_hold(struct many *holds, const struct candidate *first, const struct candidate *end,
                    const struct candidate **end_out, struct error *err)
{
    const struct turn *turn = NULL;
    const struct candidate *c = first;
    int64_t sum = 0;
    for (; c < end && are_of_one_tenant(first->turn, c->turn); c++)
        if (c->state == WAITING) {
            turn = c->turn;
            sum += turn->hold;
        }
    *end_out = c;
    if (sum == 0)
        return 0;
    return budgets_hold(holds, turn->scope, turn->period, sum,
                        turn->is_capped ? 0 : BUDGET_UNLIMITED, err);
}

int admit_holds(struct admissions *all, struct db *db, struct error *err)
{
    const struct candidate *end = all->list + all->count;
    struct many holds = { .arena = all->arena };
    int64_t taken;
    for (const struct candidate *c = all->list; c < end;)
        if (add_hold(&holds, c, end, &c, err) < 0)
            return -1;
    if (db_run_many(db, &holds, &taken, err) < 0)
        return -1;
    return taken == (int64_t)holds.count ? 0 : not_taken(all, err);
}
