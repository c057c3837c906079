/* From a bearer token to a scope: which issuer, which tenant, which person. Read from the bottom.
 */
#include "scope_new.h"

#include "auth/token.h"
#include "base/clock.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "token_rules.h"

#define SUBJECT_MAX_BYTES 255
#define NAME_MAX_BYTES    200
#define EMAIL_MAX_BYTES   320

int auth_new(struct directory *directory, struct auth **out, struct error *err)
{
    struct auth made = { .directory = directory };
    if (directory_derive(directory, "scope", made.scope_key, err) ||
        directory_derive(directory, "log", made.log_key, err))
        return -1;
    struct auth *auth = malloc(sizeof *auth);
    if (!auth)
        abort();
    made.key_sets = key_sets_new();
    *auth = made;
    wipe(&made, sizeof made);
    *out = auth;
    return 0;
}

void auth_free(struct auth **auth)
{
    if (!*auth)
        return;
    key_sets_free(&(*auth)->key_sets);
    wipe(*auth, sizeof **auth);
    free(*auth);
    *auth = NULL;
}

/* ---- which provider: from claims that nobody has verified yet, so it decides nothing but the key
 * ---- */

static bool provider_fits(const struct identity_provider *provider, const struct json *claims)
{
    if (!audience_holds(json_member(claims, "aud"), provider->audience))
        return false;
    if (!*provider->tenant_claim)
        return true;
    return str_is(json_text(json_member(claims, provider->tenant_claim)), provider->tenant_value);
}

/* NULL: none, or several (then the token would mean two things). */
static const struct identity_provider *provider_pick(const struct identity_provider *providers,
                                                     size_t count, const struct json *claims)
{
    const struct identity_provider *picked = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!provider_fits(&providers[i], claims))
            continue;
        if (picked)
            return NULL;
        picked = &providers[i];
    }
    return picked;
}

/* Our record's own word for the token's alg, copied into the arena; NULL: not allowed there. */
static const char *allowed_alg(const struct identity_provider *provider, struct str alg,
                               struct arena *arena)
{
    for (const char *at = provider->algorithms; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (len && str_equal((struct str){ at, len }, alg))
            return arena_copy(arena, (struct str){ at, len }).at;
        at += len;
    }
    return NULL;
}

static int verify_by(struct auth *auth, struct db *db, const struct identity_provider *provider,
                     const struct token *token, struct arena *arena, struct error *err)
{
    const char *alg = allowed_alg(provider, token->alg, arena);
    struct signature_key with = { .secret = provider->secret };
    if (!alg || !strcmp(alg, "HS256") != !!provider->secret.at)
        return token_refuse(err, "alg is not the issuer's");
    if (!provider->secret.at) {
        struct key key;
        if (key_sets_find(auth->key_sets, db, provider, token->kid, str_of(alg), arena, &key, err))
            return -1;
        with.public = key.public;
    }
    if (token_verify(token, alg, with, err))
        return -1;
    return token_check_claims(token, provider->issuer, provider->audience, clock_unix_ms(), err);
}

/* ---- who it is: from verified claims ---- */

static enum role role_of(const struct json *claim, const char *admin_value)
{
    if (!*admin_value)
        return ROLE_MEMBER;
    if (str_is(json_text(claim), admin_value))
        return ROLE_ADMIN;
    if (claim && claim->type == JSON_ARRAY)
        for (const struct json *entry = claim->children; entry; entry = entry->next)
            if (str_is(json_text(entry), admin_value))
                return ROLE_ADMIN;
    return ROLE_MEMBER;
}

static struct str optional_claim(const struct json *claims, const char *name, size_t max_bytes)
{
    struct str text = json_text(json_member(claims, name));
    return text.at ? utf8_cut(text, max_bytes) : STR("");
}

struct user_id user_derive(struct tenant_id tenant, struct str issuer, struct str subject)
{
    unsigned char hash[DIGEST_BYTES];
    char number[4] = { (char)(tenant.v >> 24), (char)(tenant.v >> 16), (char)(tenant.v >> 8),
                       (char)tenant.v };
    struct user_id user;
    digest_parts((struct str[]){ { number, sizeof number }, issuer, subject }, 3, hash);
    memcpy(user.v.b, hash, sizeof user.v.b);
    return user;
}

static int identify(const struct identity_provider *provider, const struct token *token,
                    struct identity *out, struct error *err)
{
    struct str subject = json_text(json_member(token->claims, provider->subject_claim));
    if (!subject.at || !subject.len || subject.len > SUBJECT_MAX_BYTES)
        return token_refuse(err, "subject");
    *out = (struct identity){
        .tenant = provider->tenant,
        .user = user_derive(provider->tenant, token->issuer, subject),
        .issuer = token->issuer,
        .subject = subject,
        .name = optional_claim(token->claims, "name", NAME_MAX_BYTES),
        .email = optional_claim(token->claims, "email", EMAIL_MAX_BYTES),
        .role = role_of(json_member(token->claims, provider->role_claim), provider->admin_value),
    };
    return 0;
}

static int find_tenant(struct auth *auth, struct db *db, struct tenant_id id,
                       const struct tenant **out, struct error *err)
{
    const struct tenant *tenant;
    if (directory_tenant(auth->directory, db, id, &tenant, err))
        return err->kind == ERROR_NOT_FOUND ? token_refuse(err, "its tenant is gone") : -1;
    if (tenant->status != TENANT_ACTIVE) {
        tenant_release(&tenant);
        return fail(err, ERROR_FORBIDDEN, "tenant_suspended", "This organisation is suspended.");
    }
    *out = tenant;
    return 0;
}

int authenticate(struct auth *auth, struct db *db, struct str bearer, struct arena *arena,
                 const struct tenant_scope **scope_out, struct identity *identity_out,
                 const struct tenant **tenant_out, struct error *err)
{
    struct token token;
    struct identity_provider *providers;
    size_t count;
    struct identity identity;
    if (token_read(arena, bearer, &token, err) ||
        directory_identity_providers(auth->directory, db, token.issuer, arena, &providers, &count,
                                     err))
        return -1;
    const struct identity_provider *provider = provider_pick(providers, count, token.claims);
    if (!provider)
        return token_refuse(err, "no issuer, audience and tenant of ours, or several");
    if (verify_by(auth, db, provider, &token, arena, err) ||
        identify(provider, &token, &identity, err) ||
        find_tenant(auth, db, identity.tenant, tenant_out, err))
        return -1;
    *scope_out = scope_new(arena, identity.tenant, identity.user, identity.role);
    *identity_out = identity;
    return 0;
}

int authenticate_operator(struct auth *auth, struct db *db, struct str bearer, struct arena *arena,
                          struct error *err)
{
    struct token token;
    struct identity_provider provider;
    if (token_read(arena, bearer, &token, err))
        return -1;
    if (directory_operator(auth->directory, db, token.issuer, arena, &provider, err))
        return err->kind == ERROR_NOT_FOUND ? token_refuse(err, "not head office's issuer") : -1;
    return verify_by(auth, db, &provider, &token, arena, err);
}
