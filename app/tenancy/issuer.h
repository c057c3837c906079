/* The identity providers of one issuer (or head office's own), loaded and opened. */
#ifndef INSULA_APP_TENANCY_ISSUER_H
#define INSULA_APP_TENANCY_ISSUER_H

#include "cache.h"
#include "crypto/digest.h"
#include "tenancy/directory.h"

struct issuer {
    struct record record;
    struct identity_provider *providers; /* secrets opened; wiped with the record's arena */
    size_t count;
    unsigned char rows[DIGEST_BYTES];    /* what it was made of: unchanged rows, unchanged record */
};

/* Each a cache_load: key is the issuer, arg a struct lookup. ERROR_NOT_FOUND: nobody's issuer. */
int issuer_load(void *lookup, struct str key, struct record *known, struct record **out,
                struct error *err);
int operator_load(void *lookup, struct str key, struct record *known, struct record **out,
                  struct error *err);

/* A copy in the caller's arena, whose end wipes the secret. */
struct identity_provider identity_provider_copy(const struct identity_provider *provider,
                                                struct arena *arena);

#endif
