/* What insulactl writes: the house's tables and each tenant's configuration, as literal SQL.
 *
 * Every change is one transaction that also raises the tenant's generation, so all workers see it
 * within a second. The caller has checked the values and names the option at fault; the schema's
 * CHECKs and keys stand below. Secrets arrive sealed. Only insulactl links this.
 *
 * Each fails with the kinds of db_run; ERROR_NOT_FOUND and ERROR_CONFLICT carry our own words. */
#ifndef INSULA_PLATFORM_OPERATE_H
#define INSULA_PLATFORM_OPERATE_H

#include "crypto/keys.h"
#include "platform/lookup.h"

#define BUDGET_NO_CAP INT64_C(4000000000000000000) /* what budget.cap holds where nothing limits */

/* What to change of a tenant; NULL, or its has_… being false, leaves a thing as it is. */
struct tenant_change {
    const char *name, *brand_color, *welcome, *default_model, *locale, *disconnect, *currency;
    const char *logo_type;   /* "" takes the logo away */
    struct str logo;         /* with logo_type */
    const struct str *origins; /* all of them; NULL leaves them */
    size_t origin_count;
    bool has_budget, has_stream_limit;
    int64_t monthly_budget;  /* micro-units; -1: no cap */
    int stream_limit;
    int32_t period;          /* the month whose cap follows monthly_budget: clock_period(now) */
};

/* The tenant, its settings and its data key, wrapped by the ring's newest key. change->name is
 * needed. ERROR_CONFLICT "tenant_exists". */
int operate_tenant_create(struct platform p, const struct key_ring *ring, const char *slug,
                          const struct tenant_change *change, int64_t now_unix_ms,
                          struct tenant_id *id_out, struct error *err);
/* ERROR_NOT_FOUND "model_not_found": default_model is not on the allow-list. ERROR_CONFLICT
 * "currency_in_use": money was spent or held in the old currency. */
int operate_tenant_change(struct platform p, struct tenant_id id,
                          const struct tenant_change *change, struct error *err);
int operate_tenant_status(struct platform p, struct tenant_id id, enum tenant_status status,
                          struct error *err);
/* All tenants, by slug. */
int operate_tenants(struct platform p, struct arena *arena, struct tenant_row **out, size_t *count,
                    struct error *err);

/* Writes a provider: a new row where is_new, else the row of that id. options may be NULL: none. */
int operate_provider_put(struct platform p, struct tenant_id tenant, bool is_new,
                         const struct provider_row *row, struct error *err);
/* Writes a model by its name, with all its routes and aliases. created_ms counts for a new one alone.
 * ERROR_NOT_FOUND "model_not_found": there is no such fallback. ERROR_CONFLICT "name_taken": a name or alias is
 * that of another model; "fallback_circle": its fallbacks come back to it. */
int operate_model_put(struct platform p, struct tenant_id tenant, const struct model_row *row,
                      struct error *err);
/* Takes a model off the allow-list; where it was the default model, there is none then.
 * ERROR_NOT_FOUND "model_not_found". ERROR_CONFLICT "model_in_use": it is another model's fallback. */
int operate_model_remove(struct platform p, struct tenant_id tenant, const char *name,
                         struct error *err);

/* Writes an identity provider and forgets the key set fetched for it.
 * ERROR_CONFLICT "issuer_shared": another tenant, or head office, has this issuer, and a token could
 * mean both: a shared issuer needs key sets, one tenant claim and different values of it. */
int operate_idp_put(struct platform p, bool is_new, const struct idp_row *row, struct error *err);
/* ERROR_CONFLICT "issuer_shared": a tenant has this issuer. */
int operate_operator_put(struct platform p, bool is_new, const struct operator_row *row,
                         struct error *err);
/* ERROR_NOT_FOUND. */
int operate_operator_find(struct platform p, const char *name, struct arena *arena,
                          struct operator_row *out, struct error *err);

/* Data keys. The house's own is made where it is missing; *made_out says whether. */
int operate_house_key_make(struct platform p, const struct key_ring *ring, bool *made_out,
                           struct error *err);
struct data_key_row {
    struct tenant_id tenant;
    struct str wrapped;
};
int operate_data_keys(struct platform p, struct arena *arena, struct data_key_row **out,
                      size_t *count, struct error *err);
/* Wraps one data key anew under the ring's newest key; the data key itself stays. */
int operate_data_key_rewrap(struct platform p, const struct key_ring *ring,
                            const struct data_key_row *row, struct error *err);

/* The month's budget row; one that is not there yet has nothing used and nothing held. */
struct budget_row {
    int64_t cap, used, held; /* micro-units; cap BUDGET_NO_CAP: none */
};
int operate_budget(struct platform p, struct tenant_id tenant, int32_t period,
                   struct budget_row *out, struct error *err);

/* What was used, summed by tenant and one more thing. */
enum usage_by { USAGE_BY_TENANT, USAGE_BY_MODEL, USAGE_BY_DAY, USAGE_BY_HOUR };
struct usage_row {
    const char *slug, *currency;
    const char *model;          /* USAGE_BY_MODEL; else "" */
    int64_t at;                 /* USAGE_BY_DAY, USAGE_BY_HOUR: days, hours since 1970 UTC */
    int64_t calls, errors, tokens_in, tokens_out, cost, first_ms, total_ms; /* the last two: sums */
    int64_t active_users;       /* USAGE_BY_TENANT, USAGE_BY_DAY; else -1 */
};
/* from_day <= day < to_day, in days since 1970 UTC; slug NULL: every tenant. */
int operate_usage(struct platform p, enum usage_by by, const char *slug, int32_t from_day,
                  int32_t to_day, struct arena *arena, struct usage_row **out, size_t *count,
                  struct error *err);

#endif
