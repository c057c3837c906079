/* Opens what a command needs: configuration, database, key file. */
#include "cli.h"

#include <unistd.h>

static __attribute__((format(printf, 4, 0))) int fail_with(struct error *err, enum error_kind kind,
                                                           const char *code, const char *format,
                                                           va_list args)
{
    char words[sizeof err->message];
    vsnprintf(words, sizeof words, format, args);
    return fail(err, kind, code, "%s", words);
}

int fail_unreachable(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with(err, ERROR_UNAVAILABLE, "unreachable", format, args);
    va_end(args);
    return -1;
}

int fail_usage(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with(err, ERROR_BAD_REQUEST, "usage", format, args);
    va_end(args);
    return -1;
}

void cli_close(struct cli *cli)
{
    db_free(&cli->db);
    key_ring_free(&cli->ring);
    arena_free(&cli->arena);
}

/* One problem is the sentence itself; several stand before it, a line each. */
static int tell_problems(const char *path, const struct text *problems, struct error *err)
{
    struct str all = text_str(problems);
    const char *first_end = memchr(all.at, '\n', all.len);
    if (first_end && first_end == all.at + all.len - 1)
        return fail_unreachable(err, "%s: %.*s", path, (int)all.len - 1, all.at);
    fwrite(all.at, 1, all.len, stderr);
    err->kind = ERROR_UNAVAILABLE;
    return -1;
}

int cli_config(struct cli *cli, const struct config **out, struct error *err)
{
    if (!cli->config_is_read) {
        struct text problems = text_make(65536);
        int failed = config_read(cli->arena, cli->config_path, &cli->config, &problems, err);
        if (failed)
            failed = tell_problems(cli->config_path, &problems, err);
        text_free(&problems);
        if (failed)
            return -1;
        cli->config_is_read = true;
    }
    *out = &cli->config;
    return 0;
}

int cli_platform(struct cli *cli, struct platform *out, struct error *err)
{
    const struct config *config;
    if (cli_config(cli, &config, err))
        return -1;
    if (!config->operator_database.name)
        return fail_unreachable(err, "%s has no [operator database].", config->path);
    if (!cli->db)
        cli->db = db_new(&config->operator_database);
    if (db_ready(cli->db, err))
        return -1;
    *out = platform_on(cli->db);
    return 0;
}

int cli_ring(struct cli *cli, const struct key_ring **out, struct error *err)
{
    const struct config *config;
    if (cli_config(cli, &config, err))
        return -1;
    if (!config->keys.file)
        return fail_unreachable(err, "%s names no key file in [keys].", config->path);
    if (!cli->ring && access(config->keys.file, F_OK))
        return fail_unreachable(err, "There is no key file %s; insulactl keys init makes it.",
                                config->keys.file);
    if (!cli->ring && key_ring_read(config->keys.file, &cli->ring, err))
        return -1;
    *out = cli->ring;
    return 0;
}

int cli_tenant(struct cli *cli, const char *slug, struct tenant_row *out, struct error *err)
{
    struct platform p;
    if (cli_platform(cli, &p, err))
        return -1;
    if (lookup_tenant_by_slug(p, slug, cli->arena, out, err)) {
        if (err->kind == ERROR_NOT_FOUND)
            fail(err, ERROR_NOT_FOUND, "tenant_not_found", "There is no tenant '%s'.", slug);
        return -1;
    }
    return 0;
}
