/* What a tenant may spend in a month: cap, used, held, in micro-units of its currency. Every change is
 * one conditional UPDATE, never a read followed by a write. */
#ifndef INSULA_STORE_BUDGETS_H
#define INSULA_STORE_BUDGETS_H

#include "auth/scope.h"

struct db;

#define BUDGET_UNLIMITED 4000000000000000000LL

struct budget {
    int64_t cap, used, held;
};

/* The month's row; made with `cap` where there is none yet. */
int budget_find(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t cap,
                struct arena *arena, struct budget *out, struct error *err);
/* Takes a hold if it fits; *taken_out says. */
int budget_hold(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t amount,
                bool *taken_out, struct error *err);
/* Gives the hold back and books what was spent. */
int budget_settle(const struct tenant_scope *scope, struct db *db, int32_t period, int64_t hold,
                  int64_t cost, struct error *err);

#endif
