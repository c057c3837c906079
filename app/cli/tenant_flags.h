/* The options of tenant create and tenant set. Private to cli/. */
#ifndef INSULA_CLI_TENANT_FLAGS_H
#define INSULA_CLI_TENANT_FLAGS_H

#include "arguments.h"
#include "platform/operate.h"

extern const struct flag flags_tenant[];

int tenant_flags_read(struct cli *cli, const struct arguments *args, struct tenant_change *out,
                      struct error *err);
/* "100.00" in micro-units, "none" as -1; name: what to call it in the message. */
int budget_parse(const char *name, const char *text, int64_t *micro_out, struct error *err);

#endif
