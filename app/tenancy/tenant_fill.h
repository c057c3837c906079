/* From a tenant's rows to struct tenant: pure, so every bad row can be tried without a database. */
#ifndef INSULA_APP_TENANCY_TENANT_FILL_H
#define INSULA_APP_TENANCY_TENANT_FILL_H

#include "crypto/keys.h"
#include "tenancy/tenant.h"

struct tenant_rows {
    struct tenant_row tenant;
    struct setting_row setting;
    const char **origins;
    size_t origin_count;
    struct provider_row *providers;
    size_t provider_count;
    struct model_row *models;
    size_t model_count;
    const unsigned char *data_key; /* NULL: the tenant's cannot be had, so nothing opens */
};

/* All of *out lives in the arena; rows are copied. What is not valid falls back (setting) or is left
 * out (origin, provider, model) with a line in the log, and *complete_out is then false. */
void tenant_fill(struct arena *arena, const struct tenant_rows *rows, struct tenant *out,
                 bool *complete_out);

#endif
