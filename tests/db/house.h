/* What the tests of the directory and of authentication share: a house with a key file of its own,
 * and short ways to give it tenants, providers, issuers. Secrets are sealed as insulactl seals them. */
#ifndef INSULA_TESTS_DB_HOUSE_H
#define INSULA_TESTS_DB_HOUSE_H

#include "base/log.h"
#include "platform/operate.h"
#include "tenancy/directory.h"

#include "database.h" /* last: its `db` would shadow parameters */

static char house_keys[] = "/tmp/insula-test-house-XXXXXX";
static struct key_ring *house_ring;
static struct directory *house;

static inline struct platform on_db(void)
{
    return platform_on(db);
}

static inline void house_read_ring(void)
{
    key_ring_free(&house_ring);
    if (key_ring_read(house_keys, &house_ring, &err))
        bail_out("key ring");
}

/* After database_begin: schema, key file, house key, directory. */
static inline void house_begin(void)
{
    uint32_t id;
    bool made;
    log_open("/dev/null", &err);
    database_migrate();
    close(mkstemp(house_keys));
    unlink(house_keys);
    if (key_file_add(house_keys, &id, &err))
        bail_out("key file");
    house_read_ring();
    if (operate_house_key_make(on_db(), house_ring, &made, &err) ||
        directory_new(house_keys, &house, &err))
        bail_out("house");
}

static inline void house_end(void)
{
    directory_free(&house);
    key_ring_free(&house_ring);
    unlink(house_keys);
}

static inline struct tenant_id house_tenant(const char *slug)
{
    struct tenant_id id;
    struct tenant_change change = { .name = slug, .period = clock_period(clock_unix_ms()) };
    if (operate_tenant_create(on_db(), house_ring, slug, &change, clock_unix_ms(), &id, &err))
        bail_out(slug);
    return id;
}

/* Sealed under the tenant's data key; tenant 0 is the house. */
static inline struct str house_seal(struct tenant_id tenant, const char *table, const char *column,
                                    struct uuid row, const char *secret)
{
    unsigned char key[DATA_KEY_BYTES];
    struct seal_place place = { tenant, table, column, { (const char *)row.b, 16 } };
    struct str wrapped, record = { 0 };
    if (lookup_data_key(on_db(), tenant, arena, &wrapped, &err) ||
        data_key_unwrap(house_ring, tenant, wrapped, key, &err) ||
        seal(arena, key, &place, arena_copy(arena, str_of(secret)), &record, &err))
        bail_out("seal");
    record.at = arena_copy(arena, record).at;
    return record;
}

/* A provider with a key, and a model of the same name on it. */
static inline struct provider_id house_model(struct tenant_id tenant, const char *name,
                                             const char *api_key)
{
    struct provider_row provider = { .id = provider_id_new(),
                                     .name = name,
                                     .kind = "openai",
                                     .base_url = "https://api.example/v1",
                                     .key_last4 = "" };
    provider.api_key = house_seal(tenant, "provider", "api_key", provider.id.v, api_key);
    struct route_row route = { provider.id, "up", 1 };
    struct model_row model = { .name = name,
                               .label = "",
                               .routes = &route,
                               .route_count = 1,
                               .context_tokens = 1000,
                               .output_tokens = 100 };
    if (operate_provider_put(on_db(), tenant, true, &provider, &err) ||
        operate_model_put(on_db(), tenant, &model, &err))
        bail_out("model");
    return provider.id;
}

/* What an identity provider row usually is; secret or a key set is the caller's. */
static inline struct idp_row house_idp_row(struct tenant_id tenant, const char *issuer)
{
    return (struct idp_row){ .id = idp_id_new(),
                             .tenant = tenant,
                             .name = issuer,
                             .issuer = issuer,
                             .audience = "insula",
                             .algorithms = "HS256",
                             .tenant_claim = "",
                             .tenant_value = "",
                             .subject_claim = "sub",
                             .role_claim = "role",
                             .admin_value = "admin" };
}

static inline void house_put_idp(const struct idp_row *row)
{
    if (operate_idp_put(on_db(), true, row, &err))
        bail_out(row->issuer);
}

static inline struct idp_id house_secret_idp(struct tenant_id tenant, const char *issuer,
                                             const char *secret)
{
    struct idp_row row = house_idp_row(tenant, issuer);
    row.secret = house_seal(tenant, "identity_provider", "secret", row.id.v, secret);
    house_put_idp(&row);
    return row.id;
}

#endif
