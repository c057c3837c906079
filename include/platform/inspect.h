/* What insulactl doctor asks of a database: facts of the server, of the schema's record, and what an
 * account may do. Every statement leaves everything as it is. */
#ifndef INSULA_PLATFORM_INSPECT_H
#define INSULA_PLATFORM_INSPECT_H

#include "platform/platform.h"

enum inspection {
    INSPECT_FLUSH_LOG,      /* innodb_flush_log_at_trx_commit */
    INSPECT_LOCAL_INFILE,   /* 0 or 1 */
    INSPECT_INNODB,         /* 1: the default engine */
    INSPECT_SCHEMA_NEWEST,  /* number of the last applied schema file */
    INSPECT_SCHEMA_BROKEN,  /* how many broke off in the middle */
    INSPECT_READ_MESSAGES,  /* these succeed where the account may do it; *out means nothing */
    INSPECT_READ_PEOPLE,
    INSPECT_READ_SUMS,
    INSPECT_CHANGE_TENANTS,
};

/* Fails with the kinds of db_run. */
int inspect(struct platform p, enum inspection what, struct arena *arena, int64_t *out,
            struct error *err);

#endif
