/* Where each secret of the house belongs: who seals it (insulactl) and who opens it (tenancy/) must
 * name the same place. The row's id must outlive the place. */
#ifndef INSULA_PLATFORM_SEAL_PLACES_H
#define INSULA_PLATFORM_SEAL_PLACES_H

#include "crypto/keys.h"

static inline struct seal_place seal_place_of_provider(struct tenant_id tenant,
                                                       const struct provider_id *id)
{
    return (struct seal_place){ tenant, "provider", "api_key", { (const char *)id->v.b, 16 } };
}

static inline struct seal_place seal_place_of_idp(struct tenant_id tenant, const struct idp_id *id)
{
    return (struct seal_place){ tenant, "identity_provider", "secret",
                                { (const char *)id->v.b, 16 } };
}

/* Under the house's own data key: tenant 0. */
static inline struct seal_place seal_place_of_operator(const struct uuid *id)
{
    return (struct seal_place){ { 0 }, "operator", "secret", { (const char *)id->b, 16 } };
}

#endif
