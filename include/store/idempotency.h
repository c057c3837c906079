/* Which turn a retried request belongs to. A key is the user's own; two users' never meet. */
#ifndef INSULA_STORE_IDEMPOTENCY_H
#define INSULA_STORE_IDEMPOTENCY_H

#include "auth/scope.h"

struct db;

struct idempotency {
    struct str body;        /* SHA-256 of route and body */
    struct turn_id turn;
    int64_t expires_ms;
};

/* Claims the key for a turn; *claimed_out is false when somebody holds it already. */
int idempotency_claim(const struct tenant_scope *scope, struct db *db, struct str key,
                      const struct idempotency *claim, bool *claimed_out, struct error *err);
/* ERROR_NOT_FOUND where nobody does. */
int idempotency_find(const struct tenant_scope *scope, struct db *db, struct str key,
                     struct arena *arena, struct idempotency *out, struct error *err);
/* Forgets a key (its turn was never admitted, or it has expired). */
int idempotency_drop(const struct tenant_scope *scope, struct db *db, struct str key,
                     struct error *err);

#endif
