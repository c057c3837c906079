/* Adds a batch of settlements to the rows that many turns share. */
#include "sums.h"

#include "base/clock.h"
#include "db/db.h"
#include "store/budgets.h"
#include "store/usage.h"

/* Which of two settlements' rows comes first; 0: they share one. All ledgers lock in this order, so
 * that none waits for another that waits for it. */
typedef int row_order(const void *left, const void *right);

static int by_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_tenant(const struct settlement *a, const struct settlement *b)
{
    return by_number(scope_tenant(a->scope).v, scope_tenant(b->scope).v);
}

static int by_user(const void *left, const void *right)
{
    const struct settlement *a = left, *b = right;
    struct user_id x = scope_user(a->scope), y = scope_user(b->scope);
    int order = by_tenant(a, b);
    order = order ? order : by_number(clock_day(a->row.started_ms), clock_day(b->row.started_ms));
    return order ? order : memcmp(&x, &y, sizeof x);
}

static int by_usage(const void *left, const void *right)
{
    const struct settlement *a = left, *b = right;
    int order = by_tenant(a, b);
    order = order ? order : by_number(clock_hour(a->row.started_ms), clock_hour(b->row.started_ms));
    order = order ? order : by_number((int64_t)a->row.model.len, (int64_t)b->row.model.len);
    return order ? order : memcmp(a->row.model.at, b->row.model.at, a->row.model.len);
}

static int by_budget(const void *left, const void *right)
{
    const struct settlement *a = left, *b = right;
    int order = by_tenant(a, b);
    return order ? order : by_number(a->row.period, b->row.period);
}

/* The next settlement that shares the row of `at`, from `at` on; those settled before are passed
 * over. NULL: no more. */
static const struct settlement *next_of_row(const struct settlement *at,
                                            const struct settlement *first,
                                            const struct settlement *end, row_order *order)
{
    for (; at < end && order(at, first) == 0; at++)
        if (!at->already)
            return at;
    return NULL;
}

/* Adds the row that some settlements share. */
typedef int row_add(struct many *rows, const struct settlement *first, const struct settlement *end,
                    row_order *order, struct error *err);

/* One statement for all rows of a table; each row once, with the settlements that share it. */
static int add_rows(struct db *db, struct many rows, struct settlement *list, size_t count,
                    row_order *order, row_add *add, struct error *err)
{
    const struct settlement *end = list + count;
    int64_t changed;
    qsort(list, count, sizeof *list, order);
    for (const struct settlement *first = list; first < end;) {
        const struct settlement *ours = next_of_row(first, first, end, order);
        if (ours && add(&rows, ours, end, order, err) < 0)
            return -1;
        const struct settlement *row = first;
        while (first < end && order(first, row) == 0)
            first++;
    }
    return db_run_many(db, &rows, &changed, err);
}

static int add_usage(struct many *rows, const struct settlement *first,
                     const struct settlement *end, row_order *order, struct error *err)
{
    struct usage_sum sum = { 0 };
    for (const struct settlement *s = first; s; s = next_of_row(s + 1, first, end, order)) {
        sum.calls += 1;
        sum.errors += str_is(s->row.outcome, "failed");
        sum.tokens_in += s->row.tokens_in;
        sum.tokens_out += s->row.tokens_out;
        sum.cost += s->row.cost;
        sum.first_ms += s->row.first_ms > 0 ? s->row.first_ms : 0;
        sum.total_ms += s->row.total_ms;
    }
    return usages_add(rows, first->scope, clock_hour(first->row.started_ms), first->row.model, &sum,
                      err);
}

static int add_user(struct many *rows, const struct settlement *first, const struct settlement *end,
                    row_order *order, struct error *err)
{
    (void)end;
    (void)order;
    return active_users_add(rows, first->scope, clock_day(first->row.started_ms), err);
}

static int add_budget(struct many *rows, const struct settlement *first,
                      const struct settlement *end, row_order *order, struct error *err)
{
    int64_t hold = 0, cost = 0;
    for (const struct settlement *s = first; s; s = next_of_row(s + 1, first, end, order)) {
        hold += s->row.hold;
        cost += s->row.cost;
    }
    if (!hold && !cost)
        return 0;
    return budgets_settle(rows, first->scope, first->row.period, hold, cost, err);
}

int sums_add(struct db *db, struct arena *arena, struct settlement *list, size_t count,
             struct error *err)
{
    struct many none = { .arena = arena };
    if (add_rows(db, none, list, count, by_user, add_user, err) < 0 ||
        add_rows(db, none, list, count, by_usage, add_usage, err) < 0)
        return -1;
    return add_rows(db, none, list, count, by_budget, add_budget, err);
}
