/* Finds tenants, their identity providers and their origins, with a bounded cache per worker.
 *
 * A snapshot is checked against tenant.generation when it is older than 300 ms, so a committed change
 * shows on every worker within a second without anything being restarted or told. Unknown issuers and
 * origins are remembered as unknown for a second. All functions are safe from any thread; each takes the calling
 * thread's own connection. */
#ifndef INSULA_TENANCY_DIRECTORY_H
#define INSULA_TENANCY_DIRECTORY_H

#include "crypto/keys.h"
#include "tenancy/tenant.h"

struct directory;

/* key_file: read now, and again whenever a record names a key that is not known yet. */
int directory_new(const char *key_file, struct directory **out, struct error *err);
void directory_free(struct directory **directory);

/* Holds the snapshot: the caller gives it back with tenant_release. Suspended tenants are found too.
 * ERROR_NOT_FOUND; ERROR_UNAVAILABLE without a database (a cached snapshot up to 60 s old is still
 * given then, so that live work goes on). */
int directory_tenant(struct directory *directory, struct db *db, struct tenant_id id,
                     const struct tenant **out, struct error *err);
void tenant_release(const struct tenant **tenant); /* NULL is fine */
const struct tenant *tenant_hold(const struct tenant *tenant); /* one more holder */

/* How one issuer's tokens are read for one tenant; everything in the arena, the secret opened. */
struct identity_provider {
    struct idp_id id;
    struct tenant_id tenant;
    const char *issuer, *audience, *algorithms, *key_set_url, *key_set_file;
    const char *tenant_claim, *tenant_value, *subject_claim, *role_claim, *admin_value;
    struct str secret;         /* HS256; absent: a key set */
};
int directory_identity_providers(struct directory *directory, struct db *db, struct str issuer,
                                 struct arena *arena, struct identity_provider **out,
                                 size_t *count, struct error *err);

/* Head office's own issuer; ERROR_NOT_FOUND. */
int directory_operator(struct directory *directory, struct db *db, struct str issuer,
                       struct arena *arena, struct identity_provider *out, struct error *err);

/* Has any tenant this origin (tenant_has_origin)? ERROR_NOT_FOUND: none. */
int directory_origin(struct directory *directory, struct db *db, struct str origin,
                     struct error *err);

/* A key derived for one purpose from the key file: see key_ring_derive. */
int directory_derive(struct directory *directory, const char *purpose,
                     unsigned char out[DATA_KEY_BYTES], struct error *err);

/* Is the key file still there to be read, as a restart would need it? */
bool directory_keys_readable(const struct directory *directory);

#endif
