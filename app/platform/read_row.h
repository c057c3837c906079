/* Cells of a result to the types of a row; for the lookups. */
#ifndef INSULA_APP_PLATFORM_READ_ROW_H
#define INSULA_APP_PLATFORM_READ_ROW_H

#include "platform/platform.h"

static inline struct str row_bytes(const struct rows *rows, size_t row, size_t column)
{
    return rows_at(rows, row, column)->bytes; /* absent where the cell is NULL */
}

static inline const char *row_c(const struct rows *rows, size_t row, size_t column)
{
    return rows_at(rows, row, column)->bytes.at; /* NULL where the cell is NULL */
}

static inline int64_t row_number(const struct rows *rows, size_t row, size_t column)
{
    return rows_at(rows, row, column)->integer;
}

static inline struct uuid row_uuid(const struct rows *rows, size_t row, size_t column)
{
    struct uuid id = { { 0 } };
    struct str bytes = row_bytes(rows, row, column);
    if (bytes.len == sizeof id.b)
        memcpy(id.b, bytes.at, sizeof id.b);
    return id;
}

static inline struct tenant_id row_tenant(const struct rows *rows, size_t row, size_t column)
{
    return (struct tenant_id){ (uint32_t)row_number(rows, row, column) };
}

/* A statement with one value, run for its rows. */
static inline int read_rows(struct platform p, const char *sql, struct value value,
                            struct arena *arena, struct rows *out, struct error *err)
{
    return db_run(p.db, sql, &value, 1, arena, out, NULL, err);
}

#endif
