/* The right to a tenant's rows: the one place that knows what a scope is made of, for everybody. */
#include "scope_new.h"

#include "base/codec.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <pthread.h>

struct tenant_scope {
    uint64_t seal; /* of this process: a scope from anywhere else lacks it */
    struct tenant_id tenant;
    struct user_id user;
    enum role role;
};

static uint64_t process_seal;

static void draw_seal(void)
{
    do
        random_bytes(&process_seal, sizeof process_seal);
    while (!process_seal);
}

static uint64_t seal_of_process(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, draw_seal);
    return process_seal;
}

static const struct tenant_scope *checked(const struct tenant_scope *scope)
{
    if (scope->seal == seal_of_process())
        return scope;
    log_event(LOG_ALARM, "scope.forged", "a scope that this process did not make");
    abort();
}

const struct tenant_scope *scope_new(struct arena *arena, struct tenant_id tenant,
                                     struct user_id user, enum role role)
{
    struct tenant_scope *scope = arena_new_of(arena, struct tenant_scope);
    *scope = (struct tenant_scope){ seal_of_process(), tenant, user, role };
    return scope;
}

struct tenant_id scope_tenant(const struct tenant_scope *scope)
{
    return checked(scope)->tenant;
}

struct user_id scope_user(const struct tenant_scope *scope)
{
    return checked(scope)->user;
}

enum role scope_role(const struct tenant_scope *scope)
{
    return checked(scope)->role;
}

const struct tenant_scope *scope_copy(const struct tenant_scope *scope, struct arena *arena)
{
    checked(scope);
    return scope_new(arena, scope->tenant, scope->user, scope->role);
}

/* ---- the sealed form: version, tenant (big-endian), user, role, HMAC of all before ---- */

enum { SEALED_VERSION = 1, AT_TENANT = 1, AT_USER = 5, AT_ROLE = 21, AT_MAC = 22 };
_Static_assert(AT_MAC + DIGEST_BYTES == SCOPE_SEALED_BYTES, "the sealed form's layout");

static void mac_of(const struct auth *auth, const unsigned char *sealed,
                   unsigned char out[DIGEST_BYTES])
{
    struct str key = { (const char *)auth->scope_key, sizeof auth->scope_key };
    digest_keyed(key, (struct str){ (const char *)sealed, AT_MAC }, out);
}

static void put_tenant(unsigned char out[4], struct tenant_id tenant)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(tenant.v >> (24 - 8 * i));
}

void scope_seal(const struct auth *auth, const struct tenant_scope *scope,
                unsigned char out[SCOPE_SEALED_BYTES])
{
    checked(scope);
    out[0] = SEALED_VERSION;
    put_tenant(out + AT_TENANT, scope->tenant);
    memcpy(out + AT_USER, scope->user.v.b, sizeof scope->user.v.b);
    out[AT_ROLE] = scope->role == ROLE_ADMIN;
    mac_of(auth, out, out + AT_MAC);
}

int scope_open(const struct auth *auth, struct str sealed, struct arena *arena,
               const struct tenant_scope **out, struct error *err)
{
    unsigned char mac[DIGEST_BYTES];
    struct user_id user;
    const unsigned char *bytes = (const unsigned char *)sealed.at;
    if (!bytes || sealed.len != SCOPE_SEALED_BYTES)
        return fail(err, ERROR_INTERNAL, "scope_broken", "A stored scope is not valid.");
    mac_of(auth, bytes, mac);
    if (!same_bytes(mac, bytes + AT_MAC, sizeof mac) || bytes[0] != SEALED_VERSION)
        return fail(err, ERROR_INTERNAL, "scope_broken", "A stored scope is not valid.");
    uint32_t tenant = 0;
    for (int i = 0; i < 4; i++)
        tenant = tenant << 8 | bytes[AT_TENANT + i];
    memcpy(user.v.b, bytes + AT_USER, sizeof user.v.b);
    *out = scope_new(arena, (struct tenant_id){ tenant }, user,
                     bytes[AT_ROLE] == 1 ? ROLE_ADMIN : ROLE_MEMBER);
    return 0;
}

const char *scope_user_hash(const struct auth *auth, const struct tenant_scope *scope,
                            char out[USER_HASH_MAX])
{
    unsigned char who[4 + 16], hash[DIGEST_BYTES];
    checked(scope);
    put_tenant(who, scope->tenant);
    memcpy(who + 4, scope->user.v.b, 16);
    digest_keyed((struct str){ (const char *)auth->log_key, sizeof auth->log_key },
                 (struct str){ (const char *)who, sizeof who }, hash);
    memcpy(out, "h:", 2);
    hex_encode(hash, 6, out + 2);
    return out;
}
