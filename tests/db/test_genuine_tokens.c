/* Tokens in the shapes of the providers in use let their person in, and each with one thing wrong
 * does not: over a database, with the key set of that provider in a file. */
#include "auth/scope.h"
#include "token_craft.h"

#include "bar.h"
#include "genuine_tokens.h"
#include "house.h" /* last: its globals would shadow parameters */

static struct auth *auth;
static EVP_PKEY *rsa, *rsa2, *p256, *p384;
static char key_path[] = "/tmp/insula-test-genuine-XXXXXX";
static int accepted, wrong, refused;

static void add_number(struct text *out, char which)
{
    struct str n = which == '1'   ? craft_number(arena, rsa, "n", 0)
                   : which == '2' ? craft_number(arena, rsa2, "n", 0)
                   : which == 'x' ? craft_number(arena, p256, "qx", 32)
                   : which == 'y' ? craft_number(arena, p256, "qy", 32)
                   : which == 'X' ? craft_number(arena, p384, "qx", 48)
                                  : craft_number(arena, p384, "qy", 48);
    text_add(out, n);
}

/* What genuine_tokens.h says of ', @ and $. */
static const char *written(const char *shape)
{
    struct text out = text_make(1 << 20);
    for (const char *at = shape; *at; at++) {
        char *behind;
        if (*at == '$')
            add_number(&out, *++at);
        else if (*at == '@' && (at[1] == '+' || at[1] == '-')) {
            text_addf(&out, "%lld",
                      (long long)(clock_unix_ms() / 1000 + strtoll(at + 1, &behind, 10)));
            at = behind - 1;
        } else
            text_add(&out, (struct str){ *at == '\'' ? "\"" : at, 1 });
    }
    const char *copy = arena_copy(arena, text_str(&out)).at;
    text_free(&out);
    return copy;
}

/* A fresh record and key set: nothing of another shape is left. */
static void let_in(const struct shape *shape, struct tenant_id tenant)
{
    FILE *file = fopen(key_path, "w");
    fputs(written(shape->keys), file);
    fclose(file);
    must(db, "DELETE FROM identity_provider");
    struct idp_row row = house_idp_row(tenant, shape->issuer);
    row.name = "genuine";
    row.audience = shape->audience;
    row.algorithms = shape->algorithms ? shape->algorithms : "RS256";
    row.tenant_claim = shape->tenant_claim ? shape->tenant_claim : "";
    row.tenant_value = shape->tenant_value ? shape->tenant_value : "";
    row.subject_claim = shape->subject_claim ? shape->subject_claim : "sub";
    row.key_set_file = key_path;
    house_put_idp(&row);
    auth_free(&auth);
    directory_free(&house);
    if (directory_new(house_keys, &house, &err) || auth_new(house, &auth, &err))
        bail_out("house");
}

static int enter(struct str bearer)
{
    const struct tenant_scope *scope;
    struct identity who;
    const struct tenant *tenant;
    err = (struct error){ 0 };
    if (authenticate(auth, db, bearer, arena, &scope, &who, &tenant, &err))
        return -1;
    tenant_release(&tenant);
    return 0;
}

static struct str made_by(const struct shape *shape, EVP_PKEY *key, const char *header,
                          const char *claims)
{
    return craft_token(arena, key, shape->alg, written(header), str_of(written(claims)));
}

static EVP_PKEY *signer(const struct shape *shape)
{
    return shape->alg[0] != 'E' ? rsa : strcmp(shape->alg, "ES256") ? p384 : p256;
}

static void refuse(const struct shape *shape, struct str token, const char *what)
{
    bool good =
        enter(token) && err.kind == ERROR_UNAUTHENTICATED && !strcmp(err.code, "invalid_token");
    wrong++;
    refused += good;
    if (!good)
        ok(0, "refused: %s, %s (%s)", shape->name, what, err.log);
}

/* The text with another piece in place of the first `from`; NULL: it is not in it. */
static const char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    return at ? arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
              : NULL;
}

static void wrong_claims(const struct shape *shape)
{
    const char *tenant = shape->tenant_value ? shape->tenant_value : "no tenant";
    const struct {
        const char *what, *from, *to;
    } rows[] = {
        { "another issuer", "'iss':", "'iss':'https://evil.example','xxx':" },
        { "a longer issuer", shape->issuer, arena_printf(arena, "%s.evil.example", shape->issuer) },
        { "another audience", "'aud':", "'aud':'elsewhere','xxx':" },
        { "expired", "'exp':@+", "'exp':@-" },
        { "no end", "'exp':@+", "'xxx':@+" },
        { "an end in the year 2100", "'exp':@+", "'exp':@+236700000" },
        { "a fraction of a second", "'exp':@+", "'exp':0.5,'xxx':@+" },
        { "an end as text", "'exp':@+", "'exp':'1800000000','xxx':@+" },
        { "begins tomorrow", "'exp':@+", "'nbf':@+86000,'exp':@+" },
        { "issued tomorrow", "'iat':@-", "'iat':@+86000,'xxx':@-" },
        { "another tenant", tenant, "another-tenant" },
        { "no subject", shape->subject_claim ? "'oid':" : "'sub':", "'yyy':" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *claims = with(shape->claims, rows[i].from, rows[i].to);
        if (claims)
            refuse(shape, made_by(shape, signer(shape), shape->header, claims), rows[i].what);
    }
}

static void wrong_headers(const struct shape *shape)
{
    const struct {
        const char *what, *from, *to;
    } rows[] = {
        { "a logout token's type", "{", "{'typ':'logout+jwt','xxx':" },
        { "an unknown kid", "'kid'", "'kid':'evil','xxx'" },
        { "a key of its own", "{", "{'jwk':{'kty':'RSA'}," },
        { "an address of keys", "{", "{'jku':'https://evil.example/keys'," },
        { "a demand", "{", "{'crit':['exp']," },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *header = with(shape->header, rows[i].from, rows[i].to);
        if (i == 0) /* instead of its own type */
            header = arena_printf(arena, "{'typ':'logout+jwt','alg':'%s','kid':'x'}", shape->alg);
        if (header)
            refuse(shape, made_by(shape, signer(shape), header, shape->claims), rows[i].what);
    }
}

static void wrong_signatures(const struct shape *shape, struct str good)
{
    EVP_PKEY *stranger =
        shape->alg[0] != 'E' ? rsa2 : craft_ec(strcmp(shape->alg, "ES256") ? "P-384" : "P-256");
    refuse(shape, made_by(shape, stranger, shape->header, shape->claims), "another key");
    if (stranger != rsa2)
        EVP_PKEY_free(stranger);
    const char *dot = memrchr(good.at, '.', good.len);
    refuse(shape, (struct str){ good.at, (size_t)(dot + 1 - good.at) }, "no signature");
    struct str bent = arena_copy(arena, good);
    ((char *)(uintptr_t)bent.at)[dot + 9 - good.at] ^= 1;
    refuse(shape, bent, "a changed signature");
    const char *header = with(shape->header, shape->alg, shape->alg[0] == 'R' ? "PS256" : "RS256");
    refuse(shape, made_by(shape, signer(shape), header, shape->claims), "another alg than it has");
    header = with(shape->header, shape->alg, "HS256");
    refuse(
        shape,
        craft_hs256(arena, craft_pem(arena, rsa), written(header), str_of(written(shape->claims))),
        "an HMAC under the public key");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    house_begin();
    rsa = craft_rsa(2048);
    rsa2 = craft_rsa(2048);
    p256 = craft_ec("P-256");
    p384 = craft_ec("P-384");
    close(mkstemp(key_path));
    struct tenant_id reef = house_tenant("reef");
    for (size_t i = 0; i < SHAPES; i++) {
        const struct shape *shape = &shapes[i];
        let_in(shape, reef);
        struct str good = made_by(shape, signer(shape), shape->header, shape->claims);
        bool in = !enter(good);
        accepted += in;
        ok(in, "accepted: %s%s%s", shape->name, in ? "" : ": ", in ? "" : err.log);
        wrong_claims(shape);
        wrong_headers(shape);
        wrong_signatures(shape, good);
        ok(!enter(good), "and afterwards still");
    }
    bar("B7", "genuine shapes of tokens are accepted", accepted, (long)SHAPES);
    bar("B7", "the same with one thing wrong are refused", refused, wrong);
    unlink(key_path);
    EVP_PKEY *all[] = { rsa, rsa2, p256, p384 };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        EVP_PKEY_free(all[i]);
    auth_free(&auth);
    house_end();
    return database_end();
}
