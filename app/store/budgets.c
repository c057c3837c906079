/* Holding and spending a month's money, for admission and settlement. */
#include "store/budgets.h"

#include "row.h"

static int budget_make(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t cap,
                       struct error *err)
{
    int64_t changed;
    return query_insert(
        scope, db,
        &(struct insert){
            .into = schema.budget.table,
            .values = { set(schema.budget.period, period), set(schema.budget.cap, cap) },
            .unless_there = true,
        },
        &changed, err);
}

static int budget_read(const struct tenant_scope *scope, struct db *db, int32_t period,
                       struct arena *arena, struct rows *rows, struct error *err)
{
    return query_select(
        scope, db,
        &(struct select){
            .from = schema.budget.table,
            .columns = { schema.budget.cap.c, schema.budget.used.c, schema.budget.held.c },
            .where = { eq(schema.budget.period, period) },
            .limit = 1,
        },
        arena, rows, err);
}

int budget_find(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t cap,
                struct arena *arena, struct budget *out, struct error *err)
{
    struct rows rows;
    if (budget_read(scope, db, period, arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0 && (budget_make(scope, db, period, cap, err) < 0 ||
                            budget_read(scope, db, period, arena, &rows, err) < 0))
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_INTERNAL, "budget_missing", "The month's budget could not be made.");
    *out = (struct budget){ row_number(&rows, 0, 0), row_number(&rows, 0, 1),
                            row_number(&rows, 0, 2) };
    return 0;
}

int budgets_hold(struct many *many, const struct tenant_scope *scope, int32_t period,
                 int64_t amount, int64_t least_cap, struct error *err)
{
    return many_update(
        many, scope,
        &(struct update){
            .table = schema.budget.table,
            .row = { eq(schema.budget.period, period) },
            .where = { room(schema.budget.used, schema.budget.held, amount, schema.budget.cap),
                       ge(schema.budget.cap, least_cap) },
            .set = { plus(schema.budget.held, amount) },
        },
        err);
}

int budgets_settle(struct many *many, const struct tenant_scope *scope, int32_t period,
                   int64_t hold, int64_t cost, struct error *err)
{
    return many_update(
        many, scope,
        &(struct update){
            .table = schema.budget.table,
            .row = { eq(schema.budget.period, period) },
            .set = { plus(schema.budget.held, -hold), plus(schema.budget.used, cost) },
        },
        err);
}
