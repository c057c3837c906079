/* What a worker reads of the house. Read only. Every result lives in the arena.
 * Each fails with the kinds of db_run; a missing row is ERROR_NOT_FOUND where one row is wanted,
 * and count 0 where several are. */
#ifndef INSULA_PLATFORM_LOOKUP_H
#define INSULA_PLATFORM_LOOKUP_H

#include "platform/platform.h"

enum tenant_status { TENANT_ACTIVE, TENANT_SUSPENDED, TENANT_ERASING };

struct tenant_row {
    struct tenant_id id;
    const char *slug, *name;
    enum tenant_status status;
    int64_t generation, created_ms;
};
int lookup_tenant(struct platform p, struct tenant_id id, struct arena *arena,
                  struct tenant_row *out, struct error *err);
int lookup_tenant_by_slug(struct platform p, const char *slug, struct arena *arena,
                          struct tenant_row *out, struct error *err);
/* The cheap check that a cached tenant is still current. */
int lookup_generation(struct platform p, struct tenant_id id, int64_t *generation_out,
                      struct error *err);

struct setting_row {
    const char *brand_color, *logo_type, *welcome, *default_model, *locale, *disconnect, *currency;
    struct str logo;           /* absent: none */
    int64_t monthly_budget;    /* micro-units; -1: no cap */
    int stream_limit;
};
int lookup_setting(struct platform p, struct tenant_id id, struct arena *arena,
                   struct setting_row *out, struct error *err);

/* The origins whose web pages may read the tenant's answers, in order. */
int lookup_origins(struct platform p, struct tenant_id id, struct arena *arena,
                   const char ***out, size_t *count, struct error *err);
/* Has any tenant this origin? */
int lookup_origin(struct platform p, struct str origin, bool *is_known_out, struct error *err);

struct provider_row {
    struct provider_id id;
    const char *name, *kind, *base_url, *key_last4;
    struct str api_key;        /* sealed; absent: none */
    const char *options;       /* JSON, as gateway/options.h reads it */
};
int lookup_providers(struct platform p, struct tenant_id id, struct arena *arena,
                     struct provider_row **out, size_t *count, struct error *err);

/* One way to a model. */
struct route_row {
    struct provider_id provider;
    const char *upstream_name;
    int weight;                /* 0: only when the others have failed */
};

struct model_row {
    const char *name, *label;
    const char *fallback;      /* another model of the tenant's; NULL: none */
    const struct route_row *routes; /* in the order in which they were named */
    size_t route_count;
    const char *const *aliases;     /* by name */
    size_t alias_count;
    int64_t context_tokens, output_tokens, price_in, price_cached, price_out, created_ms;
};
int lookup_models(struct platform p, struct tenant_id id, struct arena *arena,
                  struct model_row **out, size_t *count, struct error *err);

struct idp_row {
    struct idp_id id;
    struct tenant_id tenant;
    const char *name, *issuer, *audience, *algorithms, *key_set_url, *key_set_file;
    const char *tenant_claim, *tenant_value, *subject_claim, *role_claim, *admin_value;
    struct str secret;         /* sealed; absent: a key set */
};
int lookup_idps_by_issuer(struct platform p, struct str issuer, struct arena *arena,
                          struct idp_row **out, size_t *count, struct error *err);
int lookup_idps_of_tenant(struct platform p, struct tenant_id id, struct arena *arena,
                          struct idp_row **out, size_t *count, struct error *err);

struct operator_row {
    struct uuid id;
    const char *name, *issuer, *audience;
    struct str secret;
};
int lookup_operator_by_issuer(struct platform p, struct str issuer, struct arena *arena,
                              struct operator_row *out, struct error *err);

/* The wrapped data key; tenant 0 is the house. */
int lookup_data_key(struct platform p, struct tenant_id id, struct arena *arena, struct str *out,
                    struct error *err);

/* Open turns whose machine is lost: their deadline has passed. At most limit. */
struct overdue_turn {
    struct tenant_id tenant;
    struct turn_id turn;
    struct str scope;          /* sealed; auth/scope.h opens it */
};
int lookup_overdue_turns(struct platform p, int64_t now_unix_ms, int limit, struct arena *arena,
                         struct overdue_turn **out, size_t *count, struct error *err);

/* Deletes expired idempotency keys, at most 1,000. */
int sweep_idempotency(struct platform p, int64_t now_unix_ms, struct error *err);

#endif
