/* insulactl operator set: who may vouch for head office. */
#include "commands.h"
#include "platform/operate.h"
#include "platform/seal_places.h"
#include "secrets.h"
#include "values.h"

const struct flag flags_operator_set[] = {
    { "issuer", "TEXT", "the tokens' iss, byte for byte; no tenant may have it" },
    { "audience", "TEXT", "must be their aud, or among it" },
    { "secret-stdin", NULL, "reads the HS256 secret from standard input" },
    { "secret-file", "FILE", "or from a file" },
    { "generate-secret", NULL, "or makes one, which insulactl token signs with" },
    { NULL, NULL, NULL },
};

static int take_text(const struct arguments *args, const char *flag, const char **member,
                     struct error *err)
{
    const char *text = flag_value(args, flag);
    if (text && (!is_words(text, 255, false) || strlen(text) > 255))
        return fail_usage(err, "--%s must be 1 to 255 bytes without control characters.", flag);
    if (text)
        *member = text;
    return 0;
}

static int take_secret(struct cli *cli, const struct arguments *args, struct operator_row *row,
                       struct error *err)
{
    struct str secret;
    if (secret_read(cli, args, "secret", &secret, err))
        return -1;
    bool generate = flag_value(args, "generate-secret") != NULL;
    if (secret.at && generate)
        return fail_usage(err, "--generate-secret cannot stand beside a given secret.");
    if (generate)
        secret = secret_generate(cli->arena);
    if (!secret.at)
        return 0;
    if (secret.len < SIGNATURE_SECRET_MIN_BYTES || secret.len > SECRET_SEALED_MAX_BYTES)
        return fail_usage(err, "An HS256 secret must have %d to %d characters.",
                          SIGNATURE_SECRET_MIN_BYTES, SECRET_SEALED_MAX_BYTES);
    struct seal_place place = seal_place_of_operator(&row->id);
    return secret_seal(cli, &place, secret, &row->secret, err);
}

static int find_or_begin(struct cli *cli, const char *name, struct operator_row *row,
                         bool *is_new_out, struct error *err)
{
    struct platform p;
    if (cli_platform(cli, &p, err))
        return -1;
    *is_new_out = false;
    if (operate_operator_find(p, name, cli->arena, row, err) == 0)
        return 0;
    if (err->kind != ERROR_NOT_FOUND)
        return -1;
    *is_new_out = true;
    *row =
        (struct operator_row){ .id = idp_id_new().v, .name = name, .issuer = "", .audience = "" };
    return 0;
}

int run_operator_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *name = args->operands[0];
    struct operator_row row;
    bool is_new;
    if (!is_words(name, 63, false) || strlen(name) > 63)
        return fail_usage(err, "NAME must be 1 to 63 bytes without control characters.");
    if (find_or_begin(cli, name, &row, &is_new, err) ||
        take_text(args, "issuer", &row.issuer, err) ||
        take_text(args, "audience", &row.audience, err) || take_secret(cli, args, &row, err))
        return -1;
    if (!*row.issuer || !*row.audience || !row.secret.at)
        return fail_usage(err, "A new operator needs --issuer, --audience and a secret.");
    return operate_operator_put(platform_on(cli->db), is_new, &row, err);
}
