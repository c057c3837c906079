/* Shared by the operate_*.c files. Private to platform/. */
#ifndef INSULA_PLATFORM_OPERATE_CHANGE_H
#define INSULA_PLATFORM_OPERATE_CHANGE_H

#include "platform/operate.h"
#include "read_row.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The tenant's next generation. First in every body that changes a tenant: it locks the row, so
 * changes of one tenant queue up. ERROR_NOT_FOUND "tenant_not_found". */
int tenant_raise(struct db *db, struct tenant_id id, struct error *err);

/* The one integer that a statement yields, as SELECT COUNT(*). */
int count_rows(struct db *db, const char *sql, const struct value *values, size_t value_count,
               int64_t *out, struct error *err);

#endif
