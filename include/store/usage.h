/* Sums by hour and model, and who was active on a day: what head office may see. */
#ifndef INSULA_STORE_USAGE_H
#define INSULA_STORE_USAGE_H

#include "auth/scope.h"

struct many;

struct usage_sum {
    int64_t calls, errors, tokens_in, tokens_out, cost, first_ms, total_ms;
};

/* Both with others, by db_run_many. */
int usages_add(struct many *many, const struct tenant_scope *scope, int32_t hour, struct str model,
               const struct usage_sum *sum, struct error *err);
int active_users_add(struct many *many, const struct tenant_scope *scope, int32_t day,
                     struct error *err);

#endif
