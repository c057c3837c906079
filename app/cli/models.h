/* Finding a tenant's models by name. Private to cli/. */
#ifndef INSULA_CLI_MODELS_H
#define INSULA_CLI_MODELS_H

#include "cli.h"

/* ERROR_NOT_FOUND says which; *out stays as it was. */
int model_find(struct cli *cli, const struct tenant_row *tenant, const char *name,
               struct model_row *out, struct error *err);

#endif
