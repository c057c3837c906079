/* People, as a tenant's rows: made at their first request, kept current by later ones. */
#ifndef INSULA_STORE_USERS_H
#define INSULA_STORE_USERS_H

#include "auth/scope.h"

struct db;

/* Makes or refreshes the caller's own row from what the credential said. Each thread remembers whom it
 * has written within the hour, so that most requests cost no statement. Fails as query_insert does. */
int user_seen(const struct tenant_scope *scope, struct db *db, const struct identity *identity,
              int64_t now_unix_ms, struct error *err);

#endif
