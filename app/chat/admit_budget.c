/* Holds the most that a turn can cost, before anything is asked of a provider. */
#include "admission.h"

#include "store/budgets.h"

#define TRIES        3  /* another turn may take what was left between look and hold */
#define LEAST_ANSWER 16 /* tokens below which lowering max_tokens helps nobody */

static int used_up(struct error *err)
{
    fail(err, ERROR_LIMIT, "insufficient_quota", "This month's budget does not cover the request.");
    err->type = "insufficient_quota";
    err->retry_useless = 1;
    return -1;
}

/* Tool descriptions and schemas are part of the prompt too. */
static int64_t parameter_tokens(const struct turn_request *request)
{
    const struct json *messages = json_member(request->parameters, "messages");
    if (!request->parameters)
        return 0;
    return (int64_t)request->parameters->raw.len - (messages ? (int64_t)messages->raw.len : 0);
}

static int64_t answer_wanted(const struct turn_request *request)
{
    return request->max_tokens ? request->max_tokens : request->model->output_tokens;
}

int admit_budget(struct admission *a, struct db *db, struct error *err)
{
    struct turn *turn = a->turn;
    struct budget budget;
    int64_t cap =
        turn->tenant->monthly_budget < 0 ? BUDGET_UNLIMITED : turn->tenant->monthly_budget;
    int64_t choices = a->request->choices > 1 ? a->request->choices : 1;
    int64_t tokens = answer_wanted(a->request) * choices;
    turn->prompt_tokens += parameter_tokens(a->request);
    if (budget_find(turn->scope, db, turn->period, cap, a->arena, &budget, err) < 0)
        return -1;
    int64_t fits =
        price_affordable(turn->prices, turn->prompt_tokens, budget.cap - budget.used - budget.held);
    if (fits < tokens && fits < LEAST_ANSWER * choices)
        return used_up(err);
    tokens = fits < tokens ? fits : tokens;
    turn->hold = price_bound(turn->prices, turn->prompt_tokens, tokens);
    if (budget.cap < BUDGET_UNLIMITED || a->request->max_tokens)
        turn->completion.max_tokens = tokens / choices;
    return 0;
}

int admit_hold(struct admission *a, struct db *db, struct error *err)
{
    struct turn *turn = a->turn;
    bool taken = true;
    if (turn->hold > 0 && budget_hold(turn->scope, db, turn->period, turn->hold, &taken, err) < 0)
        return -1;
    if (taken)
        return 0;
    used_up(err);
    err->kind = a->attempts < TRIES ? ERROR_DEADLOCK : ERROR_LIMIT;
    return -1;
}
