/* A tenant as the house knows it at one generation: an immutable snapshot, validated once, shared by
 * all threads of a worker. A request and a turn hold the snapshot they began with, so none ever sees
 * a mix of two versions. */
#ifndef INSULA_TENANCY_TENANT_H
#define INSULA_TENANCY_TENANT_H

#include "gateway/provider.h"
#include "platform/lookup.h"

enum disconnect_kind { DISCONNECT_CANCEL, DISCONNECT_DRAIN, DISCONNECT_DRAIN_SECONDS };
struct disconnect_policy {
    enum disconnect_kind kind;
    int seconds;
};
/* "drain", "cancel" or "drain:<1 to 3600>". */
bool disconnect_parse(struct str text, struct disconnect_policy *out);

/* One way to a model. */
struct model_route {
    struct upstream upstream;  /* complete: kind, address, opened key, the provider's model name */
    int weight;                /* its share of the model's turns; 0: only when the others have failed */
};

struct model {
    const char *name, *label;  /* label: name where none is set */
    const struct model_route *routes; /* at least one */
    size_t route_count;
    const char *const *aliases;   /* further names */
    size_t alias_count;
    const struct model *fallback; /* asked when all routes have failed; NULL: none. They make no circle */
    int64_t context_tokens, output_tokens;
    int64_t price_in, price_cached, price_out; /* micro-units per million tokens */
    int64_t created_ms;
};

struct tenant {
    struct tenant_id id;
    const char *slug, *name;
    enum tenant_status status;
    int64_t generation;
    const char *brand_color, *welcome, *locale, *currency;
    struct str logo_url;       /* "data:image/png;base64,…"; empty: none */
    const struct model *default_model; /* NULL when the tenant has no model */
    const struct model *models;
    size_t model_count;
    struct disconnect_policy disconnect;
    int64_t monthly_budget;    /* micro-units; -1: no cap */
    int stream_limit;          /* per worker; 0: the house's default */
    const char *const *origins; /* "https://app.example.com": whose web pages may read its answers */
    size_t origin_count;
};

/* By public name or alias; NULL when the tenant does not offer it. */
const struct model *tenant_model(const struct tenant *tenant, struct str name);

/* May a web page of this origin read the tenant's answers? */
bool tenant_has_origin(const struct tenant *tenant, struct str origin);

#endif
