/* What a worker reads of the house comes back as it was written, run with the worker's own account.
 */
#include "platform/key_set.h"
#include "platform/lookup.h"

#include "database.h"

#include <pthread.h>
#include <stdatomic.h>

static struct platform p; /* the worker's */

static struct idp_id idp_of(char letter)
{
    struct idp_id id;
    memset(&id, letter, sizeof id);
    return id;
}

static void fill(void)
{
    must(db, TWO_TENANTS);
    must(db, TWO_USERS);
    must(db, "UPDATE tenant SET status = 'suspended', generation = 9, created_ms = 5 WHERE "
             "tenant_id = 2");
    must(db,
         "INSERT INTO setting (tenant_id, welcome, logo_type, logo, monthly_budget, stream_limit)"
         " VALUES (1, 'Salve', 'image/png', X'89504E47000D', 5000000, 12)");
    must(db, "INSERT INTO setting (tenant_id) VALUES (2)");
    must(db,
         "INSERT INTO provider (tenant_id, provider_id, name, kind, base_url, api_key, key_last4)"
         " VALUES (1, REPEAT('p', 16), 'main', 'openai', 'https://api.example/v1', X'00FF00', "
         "'wxyz'),"
         " (1, REPEAT('q', 16), 'spare', 'compatible', 'http://10.0.0.1', NULL, ''),"
         " (2, REPEAT('p', 16), 'other', 'openai', 'https://other.example', NULL, '')");
    must(db, "INSERT INTO model (tenant_id, name, label, fallback, context_tokens,"
             " output_tokens, price_in, price_cached, price_out, created_ms) VALUES"
             " (1, 'large', '', NULL, 9000, 900, 10, 20, 30, 40),"
             " (1, 'small', 'Small', 'large', 1000, 100, 1, 2, 3, 4)");
    must(db, "INSERT INTO model_route VALUES (1, 'small', 0, REPEAT('p', 16), 'up-small', 3),"
             " (1, 'small', 1, REPEAT('q', 16), 'spare-small', 0),"
             " (1, 'large', 0, REPEAT('q', 16), 'up-large', 1)");
    must(db, "INSERT INTO model_alias VALUES (1, 'tiny', 'small'), (1, 'mini', 'small')");
    must(db, "INSERT INTO identity_provider (idp_id, tenant_id, name, issuer, audience, algorithms,"
             " secret, key_set_url, tenant_claim, tenant_value) VALUES"
             " (REPEAT('x', 16), 1, 'x', 'https://idp', 'insula', 'HS256', X'0102', NULL, '', ''),"
             " (REPEAT('y', 16), 1, 'y', 'https://shared', 'insula', 'RS256 ES256', NULL,"
             " 'https://shared/keys', 'org', 'island'),"
             " (REPEAT('z', 16), 2, 'z', 'https://shared', 'insula', 'RS256', NULL,"
             " 'https://shared/keys', 'org', 'reef')");
    must(db,
         "INSERT INTO operator VALUES (REPEAT('o', 16), 'head', 'https://head', 'insula-operator',"
         " X'0A0B')");
    must(db, "INSERT INTO data_key VALUES (0, X'00'), (1, X'0001')");
}

static void tenants(void)
{
    struct tenant_row row;
    ok(lookup_tenant(p, (struct tenant_id){ 2 }, arena, &row, &err) == 0 && row.id.v == 2 &&
           !strcmp(row.slug, "reef") && !strcmp(row.name, "Reef") &&
           row.status == TENANT_SUSPENDED && row.generation == 9 && row.created_ms == 5,
       "a tenant by its number");
    ok(lookup_tenant_by_slug(p, "island", arena, &row, &err) == 0 && row.id.v == 1 &&
           row.status == TENANT_ACTIVE && row.generation == 1,
       "a tenant by its slug");
    ok(lookup_tenant_by_slug(p, "Island", arena, &row, &err) == -1 && err.kind == ERROR_NOT_FOUND,
       "but not by another spelling of it");
    ok(lookup_tenant(p, (struct tenant_id){ 77 }, arena, &row, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "one that is not there is ERROR_NOT_FOUND");
    must(db, "UPDATE tenant SET status = 'erasing' WHERE tenant_id = 2");
    ok(lookup_tenant(p, (struct tenant_id){ 2 }, arena, &row, &err) == 0 &&
           row.status == TENANT_ERASING,
       "one that is being erased says so");
    int64_t generation = 0;
    ok(lookup_generation(p, (struct tenant_id){ 2 }, &generation, &err) == 0 && generation == 9,
       "its generation");
    ok(lookup_generation(p, (struct tenant_id){ 3 }, &generation, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "no tenant, no generation");
}

static void settings(void)
{
    struct setting_row row;
    ok(lookup_setting(p, (struct tenant_id){ 1 }, arena, &row, &err) == 0 &&
           !strcmp(row.brand_color, "#444444") && !strcmp(row.welcome, "Salve") &&
           !strcmp(row.logo_type, "image/png") && !strcmp(row.default_model, "") &&
           !strcmp(row.locale, "en") && !strcmp(row.disconnect, "drain:20") &&
           !strcmp(row.currency, "USD") && row.monthly_budget == 5000000 && row.stream_limit == 12,
       "a tenant's settings");
    ok(str_equal(row.logo, (struct str){ "\x89PNG\0\r", 6 }), "its logo's bytes");
    ok(lookup_setting(p, (struct tenant_id){ 2 }, arena, &row, &err) == 0 && !row.logo.at &&
           row.monthly_budget == -1,
       "no logo is absent, no budget is -1");
    struct str key;
    ok(lookup_data_key(p, (struct tenant_id){ 1 }, arena, &key, &err) == 0 &&
           str_equal(key, (struct str){ "\0\1", 2 }),
       "its data key");
    ok(lookup_data_key(p, (struct tenant_id){ 2 }, arena, &key, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "one that was destroyed is ERROR_NOT_FOUND");
}

static void origins(void)
{
    const char **list;
    size_t n = 0;
    bool known = false;
    must(db, "INSERT INTO cors_origin VALUES (1, 'https://b.example'), (1, 'https://a.example'),"
             " (2, 'https://c.example')");
    ok(lookup_origins(p, (struct tenant_id){ 1 }, arena, &list, &n, &err) == 0 && n == 2 &&
           !strcmp(list[0], "https://a.example") && !strcmp(list[1], "https://b.example"),
       "a tenant's origins, in order");
    ok(lookup_origins(p, (struct tenant_id){ 77 }, arena, &list, &n, &err) == 0 && n == 0,
       "or none");
    ok(lookup_origin(p, STR("https://c.example"), &known, &err) == 0 && known,
       "an origin that any tenant has");
    ok(lookup_origin(p, STR("https://C.example"), &known, &err) == 0 && !known,
       "but not in another spelling");
    ok(lookup_origin(p, STR("%"), &known, &err) == 0 && !known, "nor by a pattern");
}

static void models(void)
{
    struct provider_row *providers;
    struct model_row *list;
    size_t n = 0;
    ok(lookup_providers(p, (struct tenant_id){ 1 }, arena, &providers, &n, &err) == 0 && n == 2 &&
           providers[0].id.v.b[15] == 'p' && !strcmp(providers[0].name, "main") &&
           !strcmp(providers[0].kind, "openai") && !strcmp(providers[0].key_last4, "wxyz") &&
           !strcmp(providers[0].base_url, "https://api.example/v1") &&
           str_equal(providers[0].api_key, (struct str){ "\0\xff\0", 3 }) &&
           !strcmp(providers[0].options, "{}"),
       "a tenant's providers, its own alone");
    ok(!providers[1].api_key.at, "no key is absent");
    ok(lookup_models(p, (struct tenant_id){ 1 }, arena, &list, &n, &err) == 0 && n == 2 &&
           !strcmp(list[0].name, "large") && !strcmp(list[1].name, "small") &&
           !strcmp(list[1].label, "Small") && list[1].context_tokens == 1000 &&
           list[1].output_tokens == 100 && list[1].price_in == 1 && list[1].price_cached == 2 &&
           list[1].price_out == 3 && list[1].created_ms == 4,
       "its models, by name");
    ok(list[0].route_count == 1 && !strcmp(list[0].routes[0].upstream_name, "up-large") &&
           list[1].route_count == 2 && !strcmp(list[1].routes[0].upstream_name, "up-small") &&
           list[1].routes[0].provider.v.b[0] == 'p' && list[1].routes[0].weight == 3 &&
           !strcmp(list[1].routes[1].upstream_name, "spare-small") &&
           list[1].routes[1].provider.v.b[0] == 'q' && list[1].routes[1].weight == 0,
       "each with its own ways, as they were named");
    ok(list[0].alias_count == 0 && list[1].alias_count == 2 &&
           !strcmp(list[1].aliases[0], "mini") && !strcmp(list[1].aliases[1], "tiny"),
       "its other names");
    ok(!list[0].fallback && !strcmp(list[1].fallback, "large"), "and its fallback");
    ok(lookup_models(p, (struct tenant_id){ 2 }, arena, &list, &n, &err) == 0 && n == 0,
       "a tenant without models has none");
}

static void identities(void)
{
    struct idp_row *list;
    struct operator_row operator_row;
    size_t n = 0;
    ok(lookup_idps_by_issuer(p, STR("https://idp"), arena, &list, &n, &err) == 0 && n == 1 &&
           list[0].tenant.v == 1 && list[0].secret.len == 2 && !list[0].key_set_url &&
           !list[0].key_set_file && !strcmp(list[0].algorithms, "HS256") &&
           !strcmp(list[0].subject_claim, "sub") && !strcmp(list[0].role_claim, "role") &&
           !strcmp(list[0].admin_value, "admin") && !strcmp(list[0].audience, "insula") &&
           !strcmp(list[0].issuer, "https://idp") && !strcmp(list[0].name, "x"),
       "an issuer with a secret");
    ok(lookup_idps_by_issuer(p, STR("https://shared"), arena, &list, &n, &err) == 0 && n == 2 &&
           list[0].tenant.v == 1 && list[1].tenant.v == 2 && !list[0].secret.at &&
           !strcmp(list[0].key_set_url, "https://shared/keys") &&
           !strcmp(list[0].tenant_claim, "org") && !strcmp(list[1].tenant_value, "reef"),
       "an issuer that two tenants share");
    ok(lookup_idps_by_issuer(p, STR("https://IDP"), arena, &list, &n, &err) == 0 && n == 0,
       "issuers are compared byte for byte");
    ok(lookup_idps_of_tenant(p, (struct tenant_id){ 1 }, arena, &list, &n, &err) == 0 && n == 2 &&
           list[1].id.v.b[0] == 'y',
       "a tenant's issuers");
    ok(lookup_operator_by_issuer(p, STR("https://head"), arena, &operator_row, &err) == 0 &&
           operator_row.id.b[3] == 'o' && !strcmp(operator_row.name, "head") &&
           !strcmp(operator_row.audience, "insula-operator") && operator_row.secret.at[1] == 0x0b,
       "head office's issuer");
    ok(lookup_operator_by_issuer(p, STR("https://idp"), arena, &operator_row, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "a tenant's issuer is not head office's");
}

/* ---- key sets ---- */

static atomic_int claims;

static void *claim_in_thread(void *arg)
{
    (void)arg;
    struct error e;
    bool claimed = false;
    struct db *own = database_open_as("insula_worker");
    if (key_set_claim(platform_on(own), idp_of('z'), 1000000, 30000, &claimed, &e) != 0)
        atomic_fetch_add(&claims, 100);
    atomic_fetch_add(&claims, claimed);
    db_free(&own);
    return NULL;
}

static bool claim(int64_t now_ms)
{
    bool claimed = false;
    if (key_set_claim(p, idp_of('y'), now_ms, 30000, &claimed, &err) != 0)
        bail_out("claim");
    return claimed;
}

static void key_sets(void)
{
    struct key_set_row row = { .fetched_ms = 9 };
    ok(key_set_read(p, idp_of('y'), arena, &row, &err) == 0 && !row.document.at &&
           row.fetched_ms == 0 && row.attempted_ms == 0,
       "a key set that nobody fetched is all zero");
    ok(claim(1000000), "the first may fetch");
    ok(!claim(1000000) && !claim(1029999), "nobody else within the cool-down");
    ok(claim(1030000) && !claim(1030001), "one again after it");
    ok(claim(500000), "a clock that was set back binds nobody");
    ok(key_set_store(p, idp_of('y'), 500007, STR("{\"keys\":[]}"), &err) == 0 &&
           key_set_read(p, idp_of('y'), arena, &row, &err) == 0 &&
           str_is(row.document, "{\"keys\":[]}") && row.fetched_ms == 500007 &&
           row.attempted_ms == 500000,
       "what is stored is what is read");
    ok(key_set_store(p, idp_of('y'), 600000, STR("{}"), &err) == 0 &&
           key_set_read(p, idp_of('y'), arena, &row, &err) == 0 && str_is(row.document, "{}"),
       "a newer document takes its place");
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, claim_in_thread, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    is_number(atomic_load(&claims), 1, "of six workers at once one may fetch");
}

/* ---- what is past its time ---- */

static void sweeps(void)
{
    must(
        db,
        "INSERT INTO turn (tenant_id, turn_id, user_id, model, provider_id, state, period, hold,"
        " started_ms, deadline_ms, scope)"
        " SELECT 1, CONCAT(REPEAT('t', 15), CHAR(64 + seq)), REPEAT('a', 16), 'm', REPEAT('p', 16),"
        " IF(seq = 3, 'settled', 'open'), 202611, 1, 0, seq * 100, CONCAT('scope', seq)"
        " FROM seq_1_to_6");
    struct overdue_turn *list;
    size_t n = 0;
    ok(lookup_overdue_turns(p, 500, 10, arena, &list, &n, &err) == 0 && n == 3 &&
           str_is(list[0].scope, "scope1") && str_is(list[2].scope, "scope4") &&
           list[0].tenant.v == 1 && list[0].turn.v.b[15] == 'A',
       "open turns past their deadline, the longest overdue first; settled ones are not among "
       "them");
    ok(lookup_overdue_turns(p, 500, 2, arena, &list, &n, &err) == 0 && n == 2, "as many as wanted");
    must(db, "INSERT INTO idempotency SELECT 1, REPEAT('a', 16), CONCAT('k', seq), REPEAT('h', 32),"
             " REPEAT('t', 16), seq FROM seq_1_to_1500");
    ok(sweep_idempotency(p, 1200, &err) == 0, "expired keys are swept");
    is_number(ask_number(db, "SELECT COUNT(*) FROM idempotency"), 500, "a thousand at a time");
    sweep_idempotency(p, 1200, &err);
    is_number(ask_number(db, "SELECT MIN(expires_ms) FROM idempotency"), 1200,
              "and none that is not expired");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    database_migrate();
    must(db, "CREATE USER IF NOT EXISTS insula_worker");
    must(db, "CREATE USER IF NOT EXISTS insula_operator");
    if (db_run_file(db, "schema/grants.sql", &err) != 0)
        bail_out("grants");
    fill();
    p = platform_on(database_open_as("insula_worker"));
    tenants();
    settings();
    origins();
    models();
    identities();
    key_sets();
    sweeps();
    db_free(&p.db);
    return database_end();
}
