/* insulactl idp set: who may vouch for a tenant's people. What is not named stays as it was. */
#include "commands.h"
#include "platform/operate.h"
#include "platform/seal_places.h"
#include "secrets.h"
#include "values.h"

const struct flag flags_idp_set[] = {
    { "issuer", "TEXT", "the tokens' iss, byte for byte" },
    { "audience", "TEXT", "must be their aud, or among it" },
    { "algorithms", "LIST", "as 'RS256 ES256'; HS256 goes with a secret alone" },
    { "key-set-url", "URL", "where the key set (JWKS) is fetched" },
    { "key-set-file", "FILE", "or the file it is read from" },
    { "secret-stdin", NULL, "reads an HS256 secret from standard input" },
    { "secret-file", "FILE", "or from a file" },
    { "generate-secret", NULL, "or makes one, which insulactl token signs with" },
    { "tenant-claim", "NAME", "the claim that names the tenant, where an issuer serves several" },
    { "tenant-value", "TEXT", "what that claim must be" },
    { "subject-claim", "NAME", "the claim that names the person: sub" },
    { "role-claim", "NAME", "the claim that makes an admin: role" },
    { "admin-value", "TEXT", "by being or holding this: admin" },
    { NULL, NULL, NULL },
};

static bool is_named(const char *text, size_t max)
{
    return is_words(text, max, false) && strlen(text) <= max;
}

/* Keeps *member where the option was not given. */
static int take_text(const struct arguments *args, const char *flag, size_t max_bytes,
                     const char **member, struct error *err)
{
    const char *text = flag_value(args, flag);
    if (!text)
        return 0;
    if (*text && !is_named(text, max_bytes))
        return fail_usage(err, "--%s must be at most %zu bytes without control characters.", flag,
                          max_bytes);
    *member = text;
    return 0;
}

static int take_texts(const struct arguments *args, struct idp_row *row, struct error *err)
{
    if (take_text(args, "issuer", 255, &row->issuer, err) ||
        take_text(args, "audience", 255, &row->audience, err) ||
        take_text(args, "algorithms", 64, &row->algorithms, err) ||
        take_text(args, "tenant-claim", 63, &row->tenant_claim, err) ||
        take_text(args, "tenant-value", 255, &row->tenant_value, err))
        return -1;
    return take_text(args, "subject-claim", 63, &row->subject_claim, err) ||
                   take_text(args, "role-claim", 63, &row->role_claim, err) ||
                   take_text(args, "admin-value", 255, &row->admin_value, err)
               ? -1
               : 0;
}

static int take_key_set(struct cli *cli, const struct arguments *args, struct idp_row *row,
                        struct error *err)
{
    const char *url = flag_value(args, "key-set-url"), *file = flag_value(args, "key-set-file");
    if (url && !url_parse(cli->arena, url, true, &url))
        return fail_usage(err, "--key-set-url must be an http or https address without user "
                               "information.");
    if (file && (*file != '/' || strlen(file) > 512))
        return fail_usage(err, "--key-set-file must be an absolute path.");
    if (url || file) {
        row->key_set_url = url;
        row->key_set_file = file;
        row->secret = (struct str){ 0 };
    }
    return 0;
}

static int take_secret(struct cli *cli, const struct arguments *args, struct idp_row *row,
                       struct error *err)
{
    struct str secret;
    if (secret_read(cli, args, "secret", &secret, err))
        return -1;
    if (!secret.at && flag_value(args, "generate-secret"))
        secret = secret_generate(cli->arena);
    if (!secret.at)
        return 0;
    if (secret.len < SIGNATURE_SECRET_MIN_BYTES || secret.len > SECRET_SEALED_MAX_BYTES)
        return fail_usage(err, "An HS256 secret must have %d to %d characters.",
                          SIGNATURE_SECRET_MIN_BYTES, SECRET_SEALED_MAX_BYTES);
    row->key_set_url = row->key_set_file = NULL;
    struct seal_place place = seal_place_of_idp(row->tenant, &row->id);
    return secret_seal(cli, &place, secret, &row->secret, err);
}

/* One source of keys per call: two would leave it to chance which counts. */
static int count_sources(const struct arguments *args, struct error *err)
{
    static const char *const sources[] = { "key-set-url", "key-set-file", "secret-stdin",
                                           "secret-file", "generate-secret" };
    int given = 0;
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        given += flag_value(args, sources[i]) != NULL;
    if (given > 1)
        return fail_usage(err, "Only one of --key-set-url, --key-set-file, --secret-stdin, "
                               "--secret-file and --generate-secret can be given.");
    return 0;
}

/* Sets *has_secret_out and *has_public_out by what the list names. */
static int read_algorithms(const char *list, bool *has_secret_out, bool *has_public_out,
                           struct error *err)
{
    unsigned seen = 0;
    for (const char *at = list; *at; at += strspn(at, " ")) {
        struct str word = { at, strcspn(at, " ") };
        unsigned i = 0;
        while (signature_names[i] && !str_is(word, signature_names[i]))
            i++;
        if (!signature_names[i] || (seen & 1u << i))
            return fail_usage(err, "--algorithms must be some of HS256 RS256 RS384 RS512 PS256 "
                                   "ES256 ES384, each once, with blanks between.");
        seen |= 1u << i;
        *(str_is(word, "HS256") ? has_secret_out : has_public_out) = true;
        at += word.len;
    }
    return 0;
}

/* A secret and a public key under one issuer would let the key's text be taken for the secret. */
static int check_whole(struct idp_row *row, struct error *err)
{
    bool has_secret = row->secret.at != NULL, names_secret = false, names_public = false;
    if (!*row->issuer || !*row->audience)
        return fail_usage(err, "A new identity provider needs --issuer and --audience.");
    if (!has_secret && !row->key_set_url && !row->key_set_file)
        return fail_usage(err, "An identity provider needs --key-set-url, --key-set-file, or a "
                               "secret.");
    if (!*row->algorithms)
        row->algorithms = has_secret ? "HS256" : "RS256";
    if (read_algorithms(row->algorithms, &names_secret, &names_public, err))
        return -1;
    if (has_secret && names_public)
        return fail_usage(err, "--algorithms must be HS256 alone with a secret.");
    if (!has_secret && names_secret)
        return fail_usage(err, "--algorithms cannot hold HS256 with a key set.");
    if (!*row->subject_claim || !*row->role_claim || !*row->admin_value)
        return fail_usage(err, "--subject-claim, --role-claim and --admin-value cannot be empty.");
    if (!*row->tenant_claim != !*row->tenant_value)
        return fail_usage(err, "--tenant-claim and --tenant-value go together.");
    return 0;
}

static int find_or_begin(struct cli *cli, const struct arguments *args, struct idp_row *row,
                         bool *is_new_out, struct error *err)
{
    struct tenant_row tenant;
    struct idp_row *rows;
    size_t count;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_idps_of_tenant(platform_on(cli->db), tenant.id, cli->arena, &rows, &count, err))
        return -1;
    *is_new_out = true;
    *row = (struct idp_row){ .id = idp_id_new(),
                             .tenant = tenant.id,
                             .name = args->operands[1],
                             .issuer = "",
                             .audience = "",
                             .algorithms = "",
                             .tenant_claim = "",
                             .tenant_value = "",
                             .subject_claim = "sub",
                             .role_claim = "role",
                             .admin_value = "admin" };
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, args->operands[1]) == 0) {
            *row = rows[i];
            *is_new_out = false;
        }
    }
    return 0;
}

int run_idp_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct idp_row row;
    bool is_new;
    if (!is_named(args->operands[1], 63))
        return fail_usage(err, "NAME must be 1 to 63 bytes without control characters.");
    if (count_sources(args, err) || find_or_begin(cli, args, &row, &is_new, err))
        return -1;
    bool had_secret = row.secret.at != NULL;
    if (take_texts(args, &row, err) || take_key_set(cli, args, &row, err) ||
        take_secret(cli, args, &row, err))
        return -1;
    /* Another kind of key without a word on algorithms: the old list fits it no more. */
    if (had_secret != (row.secret.at != NULL) && !flag_value(args, "algorithms"))
        row.algorithms = "";
    if (check_whole(&row, err))
        return -1;
    return operate_idp_put(platform_on(cli->db), is_new, &row, err);
}
