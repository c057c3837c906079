/* The constructors of a scope and of a person's id: for authenticate.c alone; and what auth keeps
 * between requests. */
#ifndef INSULA_APP_AUTH_SCOPE_NEW_H
#define INSULA_APP_AUTH_SCOPE_NEW_H

#include "auth/key_set.h"
#include "auth/scope.h"

struct auth {
    struct directory *directory;
    struct key_sets *key_sets;
    unsigned char scope_key[DATA_KEY_BYTES]; /* seals scopes */
    unsigned char log_key[DATA_KEY_BYTES];   /* hashes users for logs */
};

const struct tenant_scope *scope_new(struct arena *arena, struct tenant_id tenant,
                                     struct user_id user, enum role role)
    __attribute__((returns_nonnull));

/* A person's id: the first 16 bytes of SHA-256 over tenant, issuer and subject, each with its length. */
struct user_id user_derive(struct tenant_id tenant, struct str issuer, struct str subject);

#endif
