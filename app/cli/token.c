/* insulactl token: signs in people of small houses, demonstrations and tests, and head office. */
#include "base/clock.h"
#include "base/codec.h"
#include "commands.h"
#include "crypto/random.h"
#include "json/write.h"
#include "mint.h"
#include "platform/operate.h"
#include "platform/seal_places.h"
#include "secrets.h"
#include "table.h"
#include "values.h"

#define TTL_DEFAULT_S (12 * 3600)
#define TTL_MAX_S     (24 * 3600) /* as the gate has it */

const struct flag flags_token[] = {
    { "subject", "TEXT", "who; needed with SLUG" },
    { "role", "ROLE", "member or admin: member" },
    { "name", "TEXT", "the person's name" },
    { "email", "TEXT", "the person's e-mail address" },
    { "ttl", "TIME", "how long it is good, as 90s, 15m or 12h: 12h, at most 24h" },
    { "idp", "NAME", "which identity provider signs, where the tenant has several" },
    { "operator", "NAME", "signs in head office instead of a tenant's person" },
    { NULL, NULL, NULL },
};

/* Who signs, and what the token says beside its times. */
struct signer {
    const char *issuer, *audience;
    struct str secret;
    const struct idp_row *idp; /* NULL: head office */
};

static int find_operator(struct cli *cli, const char *name, struct signer *out, struct error *err)
{
    struct platform p;
    struct operator_row row;
    if (cli_platform(cli, &p, err) || operate_operator_find(p, name, cli->arena, &row, err))
        return -1;
    struct seal_place place = seal_place_of_operator(&row.id);
    *out = (struct signer){ .issuer = row.issuer, .audience = row.audience };
    return secret_open(cli, &place, row.secret, &out->secret, err);
}

/* The one with a secret, or the one of that name with a secret; NULL: *err says why none. */
static const struct idp_row *choose_idp(const struct idp_row *rows, size_t count, const char *slug,
                                        const char *name, struct error *err)
{
    const struct idp_row *chosen = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].secret.at || (name && strcmp(rows[i].name, name) != 0))
            continue;
        if (chosen) {
            fail_usage(err, "Tenant '%s' has several secrets; --idp says which signs.", slug);
            return NULL;
        }
        chosen = &rows[i];
    }
    if (!chosen)
        fail(err, ERROR_NOT_FOUND, "no_secret",
             "Tenant '%s' has no such identity provider with an HS256 secret.", slug);
    return chosen;
}

static int find_idp(struct cli *cli, const struct arguments *args, struct signer *out,
                    struct error *err)
{
    const char *slug = args->operands[0];
    struct tenant_row tenant;
    struct idp_row *rows;
    size_t count;
    if (cli_tenant(cli, slug, &tenant, err) ||
        lookup_idps_of_tenant(platform_on(cli->db), tenant.id, cli->arena, &rows, &count, err))
        return -1;
    const struct idp_row *idp = choose_idp(rows, count, slug, flag_value(args, "idp"), err);
    if (!idp)
        return -1;
    struct seal_place place = seal_place_of_idp(tenant.id, &idp->id);
    *out = (struct signer){ .issuer = idp->issuer, .audience = idp->audience, .idp = idp };
    return secret_open(cli, &place, idp->secret, &out->secret, err);
}

static void write_person(struct json_writer *w, const struct arguments *args,
                         const struct signer *signer)
{
    const char *subject = flag_value(args, "subject"), *role = flag_value(args, "role");
    if (!signer->idp) {
        json_c_member(w, "sub", subject ? subject : flag_value(args, "operator"));
        return;
    }
    const struct idp_row *idp = signer->idp;
    bool is_admin = role && strcmp(role, "admin") == 0;
    json_c_member(w, idp->subject_claim, subject);
    json_c_member(w, idp->role_claim, is_admin ? idp->admin_value : "member");
    if (*idp->tenant_claim)
        json_c_member(w, idp->tenant_claim, idp->tenant_value);
    if (flag_value(args, "name"))
        json_c_member(w, "name", flag_value(args, "name"));
    if (flag_value(args, "email"))
        json_c_member(w, "email", flag_value(args, "email"));
}

static struct str write_claims(struct arena *arena, const struct arguments *args,
                               const struct signer *signer, int64_t now_s, int64_t ttl_s)
{
    unsigned char nonce[16];
    char jti[2 * sizeof nonce + 1];
    random_bytes(nonce, sizeof nonce);
    hex_encode(nonce, sizeof nonce, jti);
    struct text out = text_make(65536);
    struct json_writer *w = json_writer_new(arena, &out);
    json_object_open(w);
    json_c_member(w, "iss", signer->issuer);
    json_c_member(w, "aud", signer->audience);
    json_integer_member(w, "iat", now_s);
    json_integer_member(w, "exp", now_s + ttl_s);
    json_c_member(w, "jti", jti);
    write_person(w, args, signer);
    json_object_close(w);
    struct str claims = arena_copy(arena, text_str(&out));
    text_free(&out);
    return claims;
}

static int check_person(const struct arguments *args, struct error *err)
{
    static const struct {
        const char *flag;
        size_t max;
    } texts[] = { { "subject", 255 }, { "name", 200 }, { "email", 320 } };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *text = flag_value(args, texts[i].flag);
        if (text && (!is_words(text, texts[i].max, false) || strlen(text) > texts[i].max * 4))
            return fail_usage(err, "--%s must be 1 to %zu characters without control characters.",
                              texts[i].flag, texts[i].max);
    }
    const char *role = flag_value(args, "role");
    if (role && strcmp(role, "member") != 0 && strcmp(role, "admin") != 0)
        return fail_usage(err, "--role must be member or admin.");
    if (!args->operands[0] == !flag_value(args, "operator"))
        return fail_usage(err, "A token is for a tenant's SLUG or for --operator NAME.");
    if (args->operands[0] && !flag_value(args, "subject"))
        return fail_usage(err, "A tenant's token needs --subject.");
    return 0;
}

int run_token(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "token", COLUMN_TEXT }, { "expires", COLUMN_TIME } };
    const char *ttl = flag_value(args, "ttl"), *operator_name = flag_value(args, "operator");
    int64_t ttl_s = TTL_DEFAULT_S, now_s = clock_unix_ms() / 1000;
    struct signer signer;
    struct str token;
    if (check_person(args, err))
        return -1;
    if (ttl && !duration_parse(ttl, TTL_MAX_S, &ttl_s))
        return fail_usage(err, "--ttl must be a time as 90s, 15m or 12h, at most 24h.");
    if (operator_name ? find_operator(cli, operator_name, &signer, err)
                      : find_idp(cli, args, &signer, err))
        return -1;
    struct str claims = write_claims(cli->arena, args, &signer, now_s, ttl_s);
    if (token_mint(cli->arena, signer.secret, claims, &token, err))
        return -1;
    if (!cli->json) {
        printf("%.*s\n", STR_ARGS(token));
        return 0;
    }
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    table_text(table, token.at);
    table_number(table, (now_s + ttl_s) * 1000);
    return record_print(cli, table, err);
}
