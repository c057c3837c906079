/* Calling an address that the operator names. Private to cli/. */
#ifndef INSULA_CLI_REACH_H
#define INSULA_CLI_REACH_H

#include "cli.h"

/* net_init with upstream.allow and every address of the URL's host: who may run insulactl may call
 * it. *url_out is without slashes at its end. EXIT_USAGE: no URL. EXIT_UNREACHABLE: its host is not
 * known. */
int reach_url(const struct config *config, struct arena *arena, const char *text,
              const char **url_out, struct error *err);

#endif
