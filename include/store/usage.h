/* Sums by hour and model, and who was active on a day: what head office may see. */
#ifndef INSULA_STORE_USAGE_H
#define INSULA_STORE_USAGE_H

#include "auth/scope.h"

struct db;

struct usage_sum {
    int64_t calls, errors, tokens_in, tokens_out, cost, first_ms, total_ms;
};

int usage_add(const struct tenant_scope *scope, struct db *db, int32_t hour, struct str model,
              const struct usage_sum *sum, struct error *err);
int active_user_add(const struct tenant_scope *scope, struct db *db, int32_t day,
                    struct error *err);

#endif
