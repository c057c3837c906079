/* A tenant's snapshot in memory of its own, loaded from the database. */
#ifndef INSULA_APP_TENANCY_SNAPSHOT_H
#define INSULA_APP_TENANCY_SNAPSHOT_H

#include "cache.h"
#include "house_keys.h"
#include "tenancy/tenant.h"

struct snapshot {
    struct record record;
    struct tenant tenant;
};

/* A cache_load: key is the tenant's number, arg a struct lookup. */
struct lookup {
    struct house_keys *keys;
    struct platform platform;
};
int snapshot_load(void *lookup, struct str key, struct record *known, struct record **out,
                  struct error *err);

#endif
