/* Origins that some tenant has. */
#ifndef INSULA_APP_TENANCY_ORIGIN_H
#define INSULA_APP_TENANCY_ORIGIN_H

#include "cache.h"

/* A cache_load: key is the origin, arg a struct lookup. ERROR_NOT_FOUND: nobody's. */
int origin_load(void *lookup, struct str key, struct record *known, struct record **out,
                struct error *err);

#endif
