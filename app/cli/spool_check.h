/* fsck's walk over the spool. Private to cli/. */
#ifndef INSULA_CLI_SPOOL_CHECK_H
#define INSULA_CLI_SPOOL_CHECK_H

#include "cli.h"
#include "platform/fsck.h"

/* Wrong is a file of a turn that is not in the ledger, and one of a settled turn that nobody can
 * resume any more. A file within its first minute is passed over: its turn may be about to come. */
int spool_check(struct cli *cli, struct platform p, int64_t now_unix_ms, struct finding *out,
                struct error *err);

#endif
