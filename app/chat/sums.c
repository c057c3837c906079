/* Adds a batch of settlements to the rows that many turns share. */
#include "sums.h"

#include "base/clock.h"
#include "store/budgets.h"
#include "store/usage.h"

/* Do two settlements go to the same row? */
typedef bool same_row(const struct settlement *a, const struct settlement *b);

static bool same_tenant(const struct settlement *a, const struct settlement *b)
{
    return scope_tenant(a->scope).v == scope_tenant(b->scope).v;
}

static bool same_usage(const struct settlement *a, const struct settlement *b)
{
    return same_tenant(a, b) && str_equal(a->row.model, b->row.model) &&
           clock_hour(a->row.started_ms) == clock_hour(b->row.started_ms);
}

static bool same_budget(const struct settlement *a, const struct settlement *b)
{
    return same_tenant(a, b) && a->row.period == b->row.period;
}

static bool same_user(const struct settlement *a, const struct settlement *b)
{
    return same_tenant(a, b) && user_id_equal(scope_user(a->scope), scope_user(b->scope)) &&
           clock_day(a->row.started_ms) == clock_day(b->row.started_ms);
}

/* Is this the first of its row? Batches are small (64): looking back is cheaper than a table. */
static bool is_first(const struct settlement *list, size_t i, same_row *same)
{
    for (size_t j = 0; j < i; j++)
        if (!list[j].already && same(&list[j], &list[i]))
            return false;
    return !list[i].already;
}

static void usage_plus(struct usage_sum *sum, const struct turn_row *row)
{
    sum->calls += 1;
    sum->errors += str_is(row->outcome, "failed");
    sum->tokens_in += row->tokens_in;
    sum->tokens_out += row->tokens_out;
    sum->cost += row->cost;
    sum->first_ms += row->first_ms > 0 ? row->first_ms : 0;
    sum->total_ms += row->total_ms;
}

int sums_usage(struct db *db, const struct settlement *list, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_first(list, i, same_usage))
            continue;
        struct usage_sum sum = { 0 };
        for (size_t j = i; j < count; j++)
            if (!list[j].already && same_usage(&list[i], &list[j]))
                usage_plus(&sum, &list[j].row);
        if (usage_add(list[i].scope, db, clock_hour(list[i].row.started_ms), list[i].row.model,
                      &sum, err) < 0)
            return -1;
    }
    return 0;
}

int sums_users(struct db *db, const struct settlement *list, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (is_first(list, i, same_user) &&
            active_user_add(list[i].scope, db, clock_day(list[i].row.started_ms), err) < 0)
            return -1;
    return 0;
}

int sums_budget(struct db *db, const struct settlement *list, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_first(list, i, same_budget))
            continue;
        int64_t hold = 0, cost = 0;
        for (size_t j = i; j < count; j++)
            if (!list[j].already && same_budget(&list[i], &list[j])) {
                hold += list[j].row.hold;
                cost += list[j].row.cost;
            }
        if ((hold || cost) &&
            budget_settle(list[i].scope, db, list[i].row.period, hold, cost, err) < 0)
            return -1;
    }
    return 0;
}
