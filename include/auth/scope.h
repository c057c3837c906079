/* Who is calling, proved. A struct tenant_scope is a right: every query takes one first, and only two
 * doors make one, both here: authenticate() from a verified credential, and scope_open() from a
 * record that scope_seal() made of such a scope (a turn's recovery after its worker died). */
#ifndef INSULA_AUTH_SCOPE_H
#define INSULA_AUTH_SCOPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ids.h"
#include "tenancy/directory.h"

struct tenant_scope;

enum role { ROLE_MEMBER, ROLE_ADMIN };

/* What the credential said, for the user's row and for GET /me. Lives in the request's arena. */
struct identity {
    struct tenant_id tenant;
    struct user_id user;       /* first 16 bytes of SHA-256 over tenant, issuer and subject */
    struct str issuer, subject, name, email;
    enum role role;
};

struct auth;
/* The directory must outlive it. Derives the keys for sealing scopes and hashing users in logs. */
int auth_new(struct directory *directory, struct auth **out, struct error *err);
void auth_free(struct auth **auth);

/* bearer: the text behind "Bearer ". Verifies, finds tenant and role, makes the scope (in the arena).
 * *tenant_out is held: give it back with tenant_release.
 *
 * ERROR_UNAUTHENTICATED: every defect of the token, all alike to the client ("invalid_token"); the
 * reason is in err->log. ERROR_FORBIDDEN "tenant_suspended" (or being erased).
 * ERROR_UNAVAILABLE: database or key set. */
int authenticate(struct auth *auth, struct db *db, struct str bearer, struct arena *arena,
                 const struct tenant_scope **scope_out, struct identity *identity_out,
                 const struct tenant **tenant_out, struct error *err);

/* Head office: no scope comes of it, so nothing of a tenant's can be read with it. */
int authenticate_operator(struct auth *auth, struct db *db, struct str bearer, struct arena *arena,
                          struct error *err);

/* Each aborts the process on a scope that this process did not make. */
struct tenant_id scope_tenant(const struct tenant_scope *scope) __attribute__((nonnull));
struct user_id scope_user(const struct tenant_scope *scope) __attribute__((nonnull));
enum role scope_role(const struct tenant_scope *scope) __attribute__((nonnull));
/* A copy that lives in another arena (a turn outlives its request). */
const struct tenant_scope *scope_copy(const struct tenant_scope *scope, struct arena *arena)
    __attribute__((nonnull, returns_nonnull));

#define SCOPE_SEALED_BYTES 54
/* tenant, user, role and an HMAC under a key of the house. */
void scope_seal(const struct auth *auth, const struct tenant_scope *scope,
                unsigned char out[SCOPE_SEALED_BYTES]);
/* ERROR_INTERNAL "scope_broken": not ours, or altered. */
int scope_open(const struct auth *auth, struct str sealed, struct arena *arena,
               const struct tenant_scope **out, struct error *err);

/* "h:" and 12 hex digits of a keyed hash of the user: what logs say instead of a subject. */
#define USER_HASH_MAX 16
const char *scope_user_hash(const struct auth *auth, const struct tenant_scope *scope,
                            char out[USER_HASH_MAX]);

#endif
