/* The whole way from a bearer token to a scope, over a real database: who gets in, as whom, where.
 */
#include "auth/scope.h"
#include "crypto/digest.h"
#include "token_craft.h"

#include "house.h" /* last: its globals would shadow parameters */

#define SECRET "reef's secret of more than 32 bytes"

static struct auth *auth;
static EVP_PKEY *rsa;
static char key_path[] = "/tmp/insula-test-auth-XXXXXX";

static const struct tenant_scope *scope;
static struct identity who;
static char slug[64];

static int enter_on(struct db *on, struct str bearer)
{
    const struct tenant *tenant;
    if (authenticate(auth, on, bearer, arena, &scope, &who, &tenant, &err))
        return -1;
    snprintf(slug, sizeof slug, "%s", tenant->slug);
    tenant_release(&tenant);
    return 0;
}

/* more: further claims, each behind a comma. */
static struct str claims(const char *issuer, const char *more)
{
    long long now = clock_unix_ms() / 1000;
    return str_of(arena_printf(arena,
                               "{\"iss\":\"%s\",\"aud\":\"insula\",\"iat\":%lld,\"exp\":%lld%s}",
                               issuer, now, now + 600, more));
}

static struct str hs(const char *issuer, const char *secret, const char *more)
{
    return craft_hs256(arena, arena_copy(arena, str_of(secret)), "{\"alg\":\"HS256\"}",
                       claims(issuer, more));
}

static struct str rs(const char *issuer, const char *more)
{
    return craft_token(arena, rsa, "RS256", "{\"alg\":\"RS256\",\"kid\":\"k\"}",
                       claims(issuer, more));
}

/* Refused, and to the client like any other. */
static bool is_refused(struct str bearer)
{
    err = (struct error){ 0 };
    return enter_on(db, bearer) && err.kind == ERROR_UNAUTHENTICATED &&
           !strcmp(err.code, "invalid_token") &&
           !strcmp(err.message, "The credential is not valid.") && *err.log;
}

static void people_get_in(struct tenant_id reef)
{
    ok(!enter_on(db, hs("reef-id", SECRET,
                        ",\"sub\":\"anna\",\"name\":\"Anna\",\"email\":\"anna@reef.example\"")),
       "a person gets in");
    struct user_id anna = who.user;
    is_text(slug, "reef", "into their tenant");
    ok(scope_tenant(scope).v == reef.v && user_id_equal(scope_user(scope), anna),
       "with a scope of it");
    ok(scope_role(scope) == ROLE_MEMBER && who.role == ROLE_MEMBER, "as a member");
    ok(str_is(who.name, "Anna") && str_is(who.email, "anna@reef.example") &&
           str_is(who.subject, "anna") && str_is(who.issuer, "reef-id") && who.tenant.v == reef.v,
       "under their name");
    unsigned char hash[DIGEST_BYTES];
    digest_parts((struct str[]){ { "\0\0\0\1", 4 }, STR("reef-id"), STR("anna") }, 3, hash);
    ok(reef.v == 1 && !memcmp(anna.v.b, hash, 16),
       "their id is the digest of tenant, issuer and subject");
    enter_on(db, hs("reef-id", SECRET, ",\"sub\":\"anna\",\"name\":\"Other\""));
    ok(user_id_equal(who.user, anna), "it stays, whatever else the token says");
    enter_on(db, hs("reef-id", SECRET, ",\"sub\":\"Anna\""));
    ok(!user_id_equal(who.user, anna), "another subject is another person");
    ok(who.name.at && !who.name.len && who.email.at && !who.email.len,
       "name and e-mail may be absent");
    char subject[300], name[300];
    memset(subject, 's', sizeof subject);
    snprintf(name, sizeof name, ",\"sub\":\"%.255s\"", subject);
    ok(!enter_on(db, hs("reef-id", SECRET, name)), "a subject of 255 bytes");
    snprintf(name, sizeof name, ",\"sub\":\"%.256s\"", subject);
    ok(is_refused(hs("reef-id", SECRET, name)), "not of 256");
    memset(name, 0, sizeof name);
    snprintf(name, sizeof name, "%s", ",\"sub\":\"s\",\"name\":\"x");
    for (int i = 0; i < 101; i++)
        strcat(name, "\xc3\xa4");
    ok(!enter_on(db, hs("reef-id", SECRET, strcat(name, "\""))) && who.name.len == 199,
       "a long name is cut between characters");
}

static enum role role_with(const char *more)
{
    char all[200];
    snprintf(all, sizeof all, ",\"sub\":\"s\"%s", more);
    return enter_on(db, hs("reef-id", SECRET, all)) ? (enum role) - 1 : who.role;
}

static void roles(void)
{
    ok(role_with(",\"role\":\"admin\"") == ROLE_ADMIN, "role admin");
    ok(role_with(",\"role\":[\"x\",\"admin\"]") == ROLE_ADMIN, "among roles");
    static const char *const members[] = { "",
                                           ",\"role\":\"Admin\"",
                                           ",\"role\":\"admin \"",
                                           ",\"role\":\"administrator\"",
                                           ",\"role\":[]",
                                           ",\"role\":[[\"admin\"]]",
                                           ",\"role\":{\"admin\":\"admin\"}",
                                           ",\"role\":true",
                                           ",\"roles\":\"admin\"",
                                           ",\"role\":null" };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        ok(role_with(members[i]) == ROLE_MEMBER, "a member: %s", members[i]);
}

static void strangers_stay_out(void)
{
    ok(is_refused(STR("")), "no token");
    ok(is_refused(STR("abc")), "no token at all");
    ok(is_refused(hs("nobody", SECRET, ",\"sub\":\"s\"")), "an unknown issuer");
    ok(is_refused(hs("reef-id", "guessed", ",\"sub\":\"s\"")), "another secret");
    ok(is_refused(rs("reef-id", ",\"sub\":\"s\"")), "another algorithm");
    ok(is_refused(craft_hs256(
           arena, str_of(SECRET), "{\"alg\":\"HS256\"}",
           STR("{\"iss\":\"reef-id\",\"aud\":\"else\",\"sub\":\"s\",\"exp\":9999999999}"))),
       "another audience");
    ok(is_refused(hs("reef-id", SECRET, "")), "no subject");
    ok(is_refused(hs("reef-id", SECRET, ",\"sub\":\"\"")), "an empty subject");
    ok(is_refused(hs("reef-id", SECRET, ",\"sub\":7")), "a subject that is a number");
    ok(is_refused(hs("reef-id", SECRET, ",\"sub\":[\"s\"]")), "a subject that is a list");
    ok(is_refused(hs("reef-id", SECRET, ",\"sub\":\"s\",\"nbf\":9999999999")), "too early");
    ok(!strstr(err.log, "reef-id") && !strstr(err.message, "reef"),
       "nothing of the token is repeated");
}

static void a_shared_issuer_has_many_tenants(struct tenant_id reef, struct tenant_id atoll)
{
    struct idp_row row = house_idp_row(reef, "shared");
    row.name = "shared";
    row.algorithms = "RS256";
    row.key_set_file = key_path;
    row.tenant_claim = "tid";
    row.tenant_value = "reef-tid";
    house_put_idp(&row);
    row.id = idp_id_new();
    row.tenant = atoll;
    row.tenant_value = "atoll-tid";
    house_put_idp(&row);
    ok(!enter_on(db, rs("shared", ",\"sub\":\"s\",\"tid\":\"reef-tid\"")) && !strcmp(slug, "reef"),
       "a shared issuer's token leads to the tenant that it names");
    struct user_id in_reef = who.user;
    ok(!enter_on(db, rs("shared", ",\"sub\":\"s\",\"tid\":\"atoll-tid\"")) &&
           !strcmp(slug, "atoll"),
       "and another one to the other");
    ok(!user_id_equal(in_reef, who.user), "where the same subject is another person");
    ok(is_refused(rs("shared", ",\"sub\":\"s\",\"tid\":\"else\"")), "a third tenant is nobody's");
    ok(is_refused(rs("shared", ",\"sub\":\"s\"")), "none either");
    ok(is_refused(rs("shared", ",\"sub\":\"s\",\"tid\":[\"reef-tid\"]")), "nor a list");
    ok(is_refused(craft_hs256(arena, craft_pem(arena, rsa), "{\"alg\":\"HS256\",\"kid\":\"k\"}",
                              claims("shared", ",\"sub\":\"s\",\"tid\":\"reef-tid\""))),
       "the public key is no secret");
    ok(is_refused(craft_token(arena, rsa, "RS256", "{\"alg\":\"RS256\",\"kid\":\"l\"}",
                              claims("shared", ",\"sub\":\"s\",\"tid\":\"reef-tid\""))),
       "an unknown kid");
    must(db,
         "INSERT INTO identity_provider (idp_id, tenant_id, name, issuer, audience, algorithms,"
         " key_set_file, tenant_claim, tenant_value) SELECT REPEAT('z', 16), tenant_id, 'twice',"
         " issuer, audience, algorithms, key_set_file, '', '' FROM identity_provider"
         " WHERE tenant_value = 'atoll-tid'");
    usleep(400 * 1000);
    ok(is_refused(rs("shared", ",\"sub\":\"s\",\"tid\":\"reef-tid\"")),
       "a token that could mean two tenants means none");
}

static void suspended_tenants_and_lost_databases(struct tenant_id reef)
{
    struct str good = hs("reef-id", SECRET, ",\"sub\":\"s\"");
    const struct tenant_scope *before = scope;
    operate_tenant_status(on_db(), reef, TENANT_SUSPENDED, &err);
    usleep(400 * 1000);
    ok(enter_on(db, good) && err.kind == ERROR_FORBIDDEN && !strcmp(err.code, "tenant_suspended"),
       "a suspended tenant's people are told so");
    ok(scope == before, "and get no scope");
    ok(is_refused(hs("reef-id", "guessed", ",\"sub\":\"s\"")), "strangers are not");
    operate_tenant_status(on_db(), reef, TENANT_ACTIVE, &err);
    usleep(400 * 1000);
    ok(!enter_on(db, good), "an active one's get in again");
    struct database_config away = root;
    away.socket = "/nonexistent/db.sock";
    struct db *lost = db_new(&away);
    usleep(400 * 1000);
    ok(!enter_on(lost, good), "known people get in while the database is away");
    ok(enter_on(lost, hs("new-id", SECRET, ",\"sub\":\"s\"")) && err.kind == ERROR_UNAVAILABLE,
       "an issuer that cannot be looked up is no refusal");
    db_free(&lost);
}

static void a_misfit_record_lets_nobody_in(struct tenant_id reef)
{
    struct idp_row row = house_idp_row(reef, "odd");
    row.algorithms = "RS256";
    row.secret =
        house_seal(reef, "identity_provider", "secret", row.id.v, craft_pem(arena, rsa).at);
    house_put_idp(&row);
    ok(is_refused(rs("odd", ",\"sub\":\"s\"")),
       "a secret is for HS256 alone, even if it is a public key");
    row = house_idp_row(reef, "odder");
    row.key_set_file = key_path;
    house_put_idp(&row);
    ok(is_refused(craft_hs256(arena, craft_pem(arena, rsa), "{\"alg\":\"HS256\",\"kid\":\"k\"}",
                              claims("odder", ",\"sub\":\"s\""))),
       "and a key set is for everything else");
}

static void head_office(void)
{
    struct operator_row row = {
        .id = idp_id_new().v, .name = "head", .issuer = "head-office", .audience = "insula"
    };
    const char *secret = "head office's secret of more than 32 bytes";
    row.secret = house_seal((struct tenant_id){ 0 }, "operator", "secret", row.id, secret);
    operate_operator_put(on_db(), true, &row, &err);
    struct str token = hs("head-office", secret, ",\"sub\":\"chief\"");
    ok(!authenticate_operator(auth, db, token, arena, &err), "head office gets in by its own door");
    ok(is_refused(token), "and not by the tenants'");
    ok(authenticate_operator(auth, db, hs("reef-id", SECRET, ",\"sub\":\"s\",\"role\":\"admin\""),
                             arena, &err) &&
           err.kind == ERROR_UNAUTHENTICATED && !strcmp(err.code, "invalid_token"),
       "a tenant's admin is not head office");
    ok(authenticate_operator(auth, db, hs("head-office", SECRET, ""), arena, &err) &&
           err.kind == ERROR_UNAUTHENTICATED,
       "another secret is not head office");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    house_begin();
    if (auth_new(house, &auth, &err))
        bail_out("auth");
    rsa = craft_rsa(2048);
    struct str n = craft_number(arena, rsa, "n", 0);
    FILE *file = fdopen(mkstemp(key_path), "w");
    fprintf(file, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%.*s\",\"e\":\"AQAB\"}]}",
            STR_ARGS(n));
    fclose(file);
    struct tenant_id reef = house_tenant("reef"), atoll = house_tenant("atoll");
    house_secret_idp(reef, "reef-id", SECRET);
    people_get_in(reef);
    roles();
    strangers_stay_out();
    a_shared_issuer_has_many_tenants(reef, atoll);
    suspended_tenants_and_lost_databases(reef);
    a_misfit_record_lets_nobody_in(reef);
    head_office();
    unlink(key_path);
    EVP_PKEY_free(rsa);
    auth_free(&auth);
    house_end();
    return database_end();
}
