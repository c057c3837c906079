/* What the files that make a tenant of its rows share; private to tenancy/. */
#ifndef INSULA_APP_TENANCY_FILL_H
#define INSULA_APP_TENANCY_FILL_H

#include "tenant_fill.h"

struct fill {
    struct arena *arena;
    const struct tenant_rows *rows;
    bool complete;
};

/* What is wrong with a row: an alarm in the log, and the tenant is not complete. */
void fill_complain(struct fill *fill, const char *what, const char *name, const char *why);
/* A copy in the tenant's arena; "" for NULL. */
const char *fill_keep(struct fill *fill, const char *text);

/* Providers and models. A provider that cannot be called costs its routes, a model without a route itself. */
void fill_models(struct fill *fill, struct tenant *out);

#endif
