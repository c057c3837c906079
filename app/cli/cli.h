/* What every command of insulactl has at hand: the configuration, the operator's database account
 * and the key file, each opened at its first use. Private to cli/. */
#ifndef INSULA_CLI_CLI_H
#define INSULA_CLI_CLI_H

#include "base/config.h"
#include "crypto/keys.h"
#include "platform/lookup.h"

#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

struct cli {
    const char *config_path;
    bool json;
    struct arena *arena;      /* lives as long as the program */
    struct config config;
    bool config_is_read;
    struct db *db;            /* the operator's account */
    struct key_ring *ring;
};

/* Exit codes, as insulactl(1) promises them. */
enum exit_code { EXIT_FINE = 0, EXIT_REFUSED = 1, EXIT_MISUSED = 2, EXIT_UNREACHABLE = 3 };

/* A file or the database that is needed cannot be had: EXIT_UNREACHABLE. */
int fail_unreachable(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* An option or operand holds what it may not: EXIT_MISUSED. */
int fail_usage(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

void cli_close(struct cli *cli);
int cli_config(struct cli *cli, const struct config **out, struct error *err);
int cli_platform(struct cli *cli, struct platform *out, struct error *err);
int cli_ring(struct cli *cli, const struct key_ring **out, struct error *err);
/* By slug. ERROR_NOT_FOUND says which. */
int cli_tenant(struct cli *cli, const char *slug, struct tenant_row *out, struct error *err);

#endif
