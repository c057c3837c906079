/* Finding a tenant's providers by name. Private to cli/. */
#ifndef INSULA_CLI_PROVIDERS_H
#define INSULA_CLI_PROVIDERS_H

#include "cli.h"

/* ERROR_NOT_FOUND says which. */
int provider_find(struct cli *cli, const struct tenant_row *tenant, const char *name,
                  struct provider_row *out, struct error *err);

#endif
