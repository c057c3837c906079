/* Queries that belong to no tenant: the house's tables, and a tenant's configuration before a scope
 * exists. The one honest exception to the scoped query builder: few, fixed, literal statements, each
 * reviewed as SQL. The handle is a type of its own, so none of this can be run where a scope is. */
#ifndef INSULA_PLATFORM_PLATFORM_H
#define INSULA_PLATFORM_PLATFORM_H

#include "base/ids.h"
#include "db/db.h"

/* A view of a connection; made and dropped freely. */
struct platform {
    struct db *db;
};

static inline struct platform platform_on(struct db *db)
{
    return (struct platform){ db };
}

#endif
