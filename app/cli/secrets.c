/* Reads, seals and opens secrets for the commands that set and use them. */
#include "secrets.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "files.h"
#include "net/header.h"

int secret_read(struct cli *cli, const struct arguments *args, const char *name, struct str *out,
                struct error *err)
{
    char from_stdin[32], from_file[32];
    snprintf(from_stdin, sizeof from_stdin, "%s-stdin", name);
    snprintf(from_file, sizeof from_file, "%s-file", name);
    const char *path = flag_value(args, from_file);
    bool has_stdin = flag_value(args, from_stdin);
    if (path && has_stdin)
        return fail_usage(err, "--%s and --%s cannot both be given.", from_stdin, from_file);
    struct str secret = { 0 };
    if (path || has_stdin) {
        if (file_read(cli->arena, path, HEADER_KEY_MAX_BYTES + 2, &secret, err))
            return -1;
        if (secret.len > 0 && secret.at[secret.len - 1] == '\n')
            secret.len--;
        if (secret.len > 0 && secret.at[secret.len - 1] == '\r')
            secret.len--;
        if (!header_key_is_good(secret))
            return fail_usage(err, "--%s: the secret must be 1 to %d visible ASCII characters.",
                              path ? from_file : from_stdin, HEADER_KEY_MAX_BYTES);
    }
    *out = secret;
    return 0;
}

struct str secret_generate(struct arena *arena)
{
    char bytes[DATA_KEY_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct str text = base64url_encode(arena, (struct str){ bytes, sizeof bytes });
    wipe(bytes, sizeof bytes);
    return text;
}

static int data_key_open(struct cli *cli, struct tenant_id tenant,
                         unsigned char key[DATA_KEY_BYTES], struct error *err)
{
    struct platform p;
    const struct key_ring *ring;
    struct str wrapped;
    if (cli_platform(cli, &p, err) || cli_ring(cli, &ring, err))
        return -1;
    if (lookup_data_key(p, tenant, cli->arena, &wrapped, err)) {
        if (err->kind == ERROR_NOT_FOUND)
            fail(err, ERROR_NOT_FOUND, "no_data_key",
                 tenant.v ? "The tenant's data key was destroyed."
                          : "The house has no data key yet; insulactl keys init makes it.");
        return -1;
    }
    return data_key_unwrap(ring, tenant, wrapped, key, err);
}

int secret_seal(struct cli *cli, const struct seal_place *place, struct str secret,
                struct str *record_out, struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    if (data_key_open(cli, place->tenant, key, err))
        return -1;
    int failed = seal(cli->arena, key, place, secret, record_out, err);
    wipe(key, sizeof key);
    return failed;
}

int secret_open(struct cli *cli, const struct seal_place *place, struct str record,
                struct str *secret_out, struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    if (data_key_open(cli, place->tenant, key, err))
        return -1;
    int failed = unseal(cli->arena, key, place, record, secret_out, err);
    wipe(key, sizeof key);
    return failed;
}
