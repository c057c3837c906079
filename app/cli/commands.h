/* The functions and options behind the table in main.c. Private to cli/. */
#ifndef INSULA_CLI_COMMANDS_H
#define INSULA_CLI_COMMANDS_H

#include "arguments.h"

/* Where make install puts the schema's files; --schema names another place. */
#define SCHEMA_DEFAULT "/usr/local/share/insula/schema"

/* symbol: its function is run_<symbol>, its options flags_<symbol>. */
#define COMMAND_SYMBOLS(X)                                                                         \
    X(migrate)                                                                                     \
    X(idp_set)                                                                                     \
    X(provider_set)                                                                                \
    X(provider_test)                                                                               \
    X(model_allow)                                                                                 \
    X(route_set)                                                                                   \
    X(route_remove)                                                                                \
    X(operator_set)                                                                                \
    X(token)                                                                                       \
    X(usage)                                                                                       \
    X(doctor)
/* These have no options, or share a table of them (tenant_flags.h). */
#define PLAIN_COMMAND_SYMBOLS(X)                                                                   \
    X(tenant_create)                                                                               \
    X(tenant_set)                                                                                  \
    X(tenant_list)                                                                                 \
    X(tenant_show)                                                                                 \
    X(tenant_suspend)                                                                              \
    X(tenant_resume)                                                                               \
    X(idp_list)                                                                                    \
    X(provider_list)                                                                               \
    X(model_deny)                                                                                  \
    X(model_list)                                                                                  \
    X(route_list)                                                                                  \
    X(budget_set)                                                                                  \
    X(budget_show)                                                                                 \
    X(keys_init)                                                                                   \
    X(keys_rotate)                                                                                 \
    X(keys_list)                                                                                   \
    X(fsck)

#define COMMAND_FUNCTION(symbol)                                                                   \
    int run_##symbol(struct cli *cli, const struct arguments *args, struct error *err);
#define COMMAND_FLAGS(symbol) extern const struct flag flags_##symbol[];
COMMAND_SYMBOLS(COMMAND_FUNCTION)
COMMAND_SYMBOLS(COMMAND_FLAGS)
PLAIN_COMMAND_SYMBOLS(COMMAND_FUNCTION)
#undef COMMAND_FUNCTION
#undef COMMAND_FLAGS

#endif
