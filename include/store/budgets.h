/* What a tenant may spend in a month: cap, used, held, in micro-units of its currency. Every change is
 * one conditional UPDATE, never a read followed by a write. */
#ifndef INSULA_STORE_BUDGETS_H
#define INSULA_STORE_BUDGETS_H

#include "auth/scope.h"

struct db;
struct many;

#define BUDGET_UNLIMITED 4000000000000000000LL

struct budget {
    int64_t cap, used, held;
};

/* The month's row; made with `cap` where there is none yet. */
int budget_find(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t cap,
                struct arena *arena, struct budget *out, struct error *err);
/* Both with others, by db_run_many; a tenant's month is one row, so what several turns take or give is
 * added up first.
 * Takes a hold, amount > 0: counts as changed if it fits and the cap is at least least_cap (0: any;
 * BUDGET_UNLIMITED: only where there is none); else nothing is taken. */
int budgets_hold(struct many *many, const struct tenant_scope *scope, int32_t period, int64_t amount,
                 int64_t least_cap, struct error *err);
/* Gives holds back and books what was spent. */
int budgets_settle(struct many *many, const struct tenant_scope *scope, int32_t period,
                   int64_t hold, int64_t cost, struct error *err);

#endif
