/* The directory over a real database: changes show within a second, secrets open where they belong
 * and nowhere else, keys may be rotated, guessing issuers costs little, and a lost database is
 * bridged. */
#include "house.h"

static struct db *lost; /* a connection to a database that is away */

static const struct tenant *get_or_null(struct tenant_id id)
{
    const struct tenant *tenant = NULL;
    return directory_tenant(house, db, id, &tenant, &err) ? NULL : tenant;
}

static const struct tenant *get(struct tenant_id id)
{
    const struct tenant *tenant = get_or_null(id);
    if (!tenant)
        bail_out("a tenant that must be there");
    return tenant;
}

/* The model's opened key; "-" where the tenant does not offer the model. */
static const char *key_of(struct tenant_id id, const char *model)
{
    const struct tenant *tenant = get(id);
    const struct model *found = tenant_model(tenant, str_of(model));
    const char *key = found ? arena_copy(arena, found->routes[0].upstream.api_key).at : "-";
    tenant_release(&tenant);
    return key;
}

static void changes_show_within_a_second(struct tenant_id id)
{
    const struct tenant *before = get(id), *now;
    is_text(before->slug, "reef", "a tenant is found");
    is_text(key_of(id, "one"), "sk-one", "its provider's key is opened");
    house_model(id, "two", "sk-two");
    struct tenant_change change = { .welcome = "Ahoy", .brand_color = "#ff0000" };
    ok(!operate_tenant_change(on_db(), id, &change, &err), "it is changed");
    int64_t start = clock_steady_ms();
    do {
        now = get(id);
        bool shown = !strcmp(now->welcome, "Ahoy");
        tenant_release(&now);
        if (shown)
            break;
        usleep(10000);
    } while (clock_steady_ms() - start < 3000);
    int64_t took = clock_steady_ms() - start;
    ok(took < 1000, "the change shows within a second (%d ms)", (int)took);
    now = get(id);
    ok(now->generation > before->generation && now->model_count == 2, "as one new version");
    is_text(before->welcome, "", "who holds the old version keeps it");
    ok(before->model_count == 1, "whole");
    tenant_release(&now);
    tenant_release(&before);
    ok(!before, "and gives it back");
}

static void suspended_tenants_are_found(struct tenant_id id)
{
    operate_tenant_status(on_db(), id, TENANT_SUSPENDED, &err);
    usleep(400 * 1000);
    const struct tenant *tenant = get(id);
    ok(tenant->status == TENANT_SUSPENDED, "a suspended tenant is found, as suspended");
    tenant_release(&tenant);
    operate_tenant_status(on_db(), id, TENANT_ACTIVE, &err);
    ok(!get_or_null((struct tenant_id){ 4711 }) && err.kind == ERROR_NOT_FOUND, "no such tenant");
    ok(!get_or_null((struct tenant_id){ 0 }) && err.kind == ERROR_NOT_FOUND,
       "the house is no tenant");
}

static void secrets_stay_where_they_belong(struct tenant_id reef, struct tenant_id atoll)
{
    house_model(atoll, "own", "sk-own");
    house_model(atoll, "moved", "sk-moved");
    must(db, "UPDATE provider a, provider b SET a.api_key = b.api_key"
             " WHERE a.name = 'moved' AND b.name = 'one'");
    is_text(key_of(atoll, "moved"), "-",
            "another tenant's sealed key does not open: its model is left out");
    is_text(key_of(atoll, "own"), "sk-own", "the tenant's others are there");
    is_text(key_of(reef, "one"), "sk-one", "and the other tenant's too");
}

/* insulactl keys rotate: a new key in the file, then every data key wrapped anew. */
static void rotate(void)
{
    struct data_key_row *rows;
    size_t count;
    uint32_t id;
    if (key_file_add(house_keys, &id, &err))
        bail_out("rotate");
    house_read_ring();
    if (operate_data_keys(on_db(), arena, &rows, &count, &err))
        bail_out("rotate");
    for (size_t i = 0; i < count; i++)
        if (operate_data_key_rewrap(on_db(), house_ring, &rows[i], &err))
            bail_out("rewrap");
}

static void keys_may_be_rotated(struct tenant_id reef)
{
    struct tenant_id late = house_tenant("late");
    unsigned char before[DATA_KEY_BYTES], after[DATA_KEY_BYTES];
    house_model(late, "one", "sk-late");
    directory_derive(house, "scope", before, &err);
    rotate();
    is_text(key_of(late, "one"), "sk-late",
            "a key wrapped under a newer key opens: the file is read again");
    is_text(key_of(reef, "one"), "sk-one", "nothing else is disturbed");
    directory_derive(house, "scope", after, &err);
    ok(!memcmp(before, after, sizeof before), "derived keys stay");
    must(db, "DELETE FROM data_key WHERE tenant_id = (SELECT tenant_id FROM tenant WHERE slug = "
             "'late')");
    must(db, "UPDATE tenant SET generation = generation + 1 WHERE slug = 'late'");
    usleep(400 * 1000);
    is_text(key_of(late, "one"), "-", "without its data key a tenant's secrets are gone");
    const struct tenant *tenant = get(late);
    ok(tenant->model_count == 0, "but the tenant is there");
    tenant_release(&tenant);
}

/* How many providers an issuer has; minus the error's kind. */
static int issuers(struct db *on, const char *issuer, struct identity_provider **found)
{
    size_t count;
    if (directory_identity_providers(house, on, str_of(issuer), arena, found, &count, &err))
        return -(int)err.kind;
    return (int)count;
}

static void issuers_are_found(struct tenant_id reef, struct tenant_id atoll)
{
    struct identity_provider *found;
    is_number(issuers(db, "https://id.example", &found), 0, "an unknown issuer has no providers");
    house_secret_idp(reef, "https://id.example", "a secret of more than thirty-two bytes");
    int64_t start = clock_steady_ms();
    while (issuers(db, "https://id.example", &found) != 1 && clock_steady_ms() - start < 3000)
        usleep(10000);
    ok(clock_steady_ms() - start < 1000, "a new issuer shows within a second");
    ok(str_is(found[0].secret, "a secret of more than thirty-two bytes"), "its secret is opened");
    ok(found[0].tenant.v == reef.v && !strcmp(found[0].subject_claim, "sub") &&
           !found[0].key_set_url,
       "and the rest of its record is there");
    must(db,
         "UPDATE identity_provider SET audience = 'changed' WHERE issuer = 'https://id.example'");
    usleep(400 * 1000);
    issuers(db, "https://id.example", &found);
    is_text(found[0].audience, "changed", "a changed record shows within a second");
    is_number(issuers(db, "https://ID.example", &found), 0, "issuers are compared as bytes");
    house_secret_idp(atoll, "https://other.example", "another secret of more than 32 bytes");
    must(db, "UPDATE identity_provider a, identity_provider b SET a.secret = b.secret"
             " WHERE a.issuer = 'https://other.example' AND b.issuer = 'https://id.example'");
    is_number(issuers(db, "https://other.example", &found), 0,
              "another tenant's secret does not open");
    must(db, "DELETE FROM identity_provider WHERE issuer = 'https://id.example'");
    usleep(400 * 1000);
    is_number(issuers(db, "https://id.example", &found), 0,
              "a removed issuer is gone within a second");
}

static void operators_are_found(void)
{
    struct operator_row row = {
        .id = idp_id_new().v, .name = "head", .issuer = "head-office", .audience = "insulactl"
    };
    struct identity_provider found, *none;
    row.secret =
        house_seal((struct tenant_id){ 0 }, "operator", "secret", row.id, "head office's secret");
    ok(!operate_operator_put(on_db(), true, &row, &err), "head office gets an issuer");
    ok(!directory_operator(house, db, STR("head-office"), arena, &found, &err) &&
           str_is(found.secret, "head office's secret") && !strcmp(found.algorithms, "HS256"),
       "head office's issuer is found and opened");
    is_number(issuers(db, "head-office", &none), 0, "it vouches for no tenant");
    ok(directory_operator(house, db, STR("https://other.example"), arena, &found, &err) &&
           err.kind == ERROR_NOT_FOUND,
       "a tenant's issuer does not vouch for head office");
}

static bool has_origin(struct db *on, const char *origin)
{
    return directory_origin(house, on, str_of(origin), &err) == 0;
}

static void origins_are_found(struct tenant_id reef)
{
    ok(!has_origin(db, "https://app.example") && err.kind == ERROR_NOT_FOUND,
       "an origin that no tenant lists");
    struct str origin = STR("https://app.example");
    struct tenant_change change = { .origins = &origin, .origin_count = 1 };
    ok(!operate_tenant_change(on_db(), reef, &change, &err), "a tenant lists it");
    int64_t start = clock_steady_ms();
    while (!has_origin(db, "https://app.example") && clock_steady_ms() - start < 3000)
        usleep(10000);
    ok(clock_steady_ms() - start < 1000, "it is known within a second");
    ok(has_origin(lost, "https://app.example"), "and asked for once only");
    change.origin_count = 0;
    ok(!operate_tenant_change(on_db(), reef, &change, &err), "it is taken away");
    usleep(400 * 1000);
    ok(!has_origin(db, "https://app.example"), "and gone within a second");
    ok(!has_origin(lost, "https://app.example") && err.kind == ERROR_NOT_FOUND,
       "which is remembered too");
    ok(!has_origin(lost, "https://new.example") && err.kind == ERROR_UNAVAILABLE,
       "without a database nothing is known of another");
}

static void guessing_costs_little(struct tenant_id reef)
{
    struct identity_provider *found;
    char name[40];
    house_secret_idp(reef, "known", "a known secret of more than 32 bytes");
    is_number(issuers(db, "known", &found), 1, "a known issuer");
    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "guess-%d", i);
        issuers(db, name, &found);
    }
    is_number(issuers(lost, "known", &found), 1, "6,000 guesses do not push it out");
    issuers(db, "guess", &found);
    is_number(issuers(lost, "guess", &found), 0, "a guess is not asked for again at once");
}

static void a_lost_database_is_bridged(struct tenant_id reef)
{
    const struct tenant *tenant = get(reef);
    tenant_release(&tenant);
    usleep(400 * 1000);
    ok(!directory_tenant(house, lost, reef, &tenant, &err),
       "without a database a tenant is served on");
    tenant_release(&tenant);
    struct directory *fresh;
    directory_new(house_keys, &fresh, &err);
    ok(directory_tenant(fresh, lost, reef, &tenant, &err) && err.kind == ERROR_UNAVAILABLE,
       "but none can be found anew");
    struct identity_provider *found;
    size_t count;
    ok(directory_identity_providers(fresh, lost, STR("known"), arena, &found, &count, &err) &&
           err.kind == ERROR_UNAVAILABLE,
       "nor an issuer");
    directory_free(&fresh);
    ok(!fresh, "directory_free leaves nothing");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    house_begin();
    struct database_config away = root;
    away.socket = "/nonexistent/db.sock";
    lost = db_new(&away);
    struct tenant_id reef = house_tenant("reef"), atoll = house_tenant("atoll");
    house_model(reef, "one", "sk-one");
    changes_show_within_a_second(reef);
    suspended_tenants_are_found(reef);
    secrets_stay_where_they_belong(reef, atoll);
    keys_may_be_rotated(reef);
    issuers_are_found(reef, atoll);
    operators_are_found();
    origins_are_found(reef);
    guessing_costs_little(reef);
    a_lost_database_is_bridged(reef);
    db_free(&lost);
    house_end();
    return database_end();
}
