/* Adding a settled turn to the sums. */
#include "store/usage.h"

#include "query/query.h"

int usages_add(struct many *many, const struct tenant_scope *scope, int32_t hour, struct str model,
               const struct usage_sum *sum, struct error *err)
{
    return many_sums(
        many, scope,
        &(struct add){
            .to = schema.usage_hour.table,
            .key = { set(schema.usage_hour.hour, hour), set(schema.usage_hour.model, model) },
            .plus = { plus(schema.usage_hour.calls, sum->calls),
                      plus(schema.usage_hour.errors, sum->errors),
                      plus(schema.usage_hour.tokens_in, sum->tokens_in),
                      plus(schema.usage_hour.tokens_out, sum->tokens_out),
                      plus(schema.usage_hour.cost, sum->cost),
                      plus(schema.usage_hour.first_ms, sum->first_ms),
                      plus(schema.usage_hour.total_ms, sum->total_ms) },
        },
        err);
}

int active_users_add(struct many *many, const struct tenant_scope *scope, int32_t day,
                     struct error *err)
{
    return many_insert(many, scope,
                       &(struct insert){
                           .into = schema.active_user.table,
                           .values = { set(schema.active_user.day, day) },
                           .unless_there = true,
                       },
                       err);
}
