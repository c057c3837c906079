/* Cells of a result to the types of a row. */
#ifndef INSULA_STORE_ROW_H
#define INSULA_STORE_ROW_H

#include "query/query.h"

static inline struct uuid row_uuid(const struct rows *rows, size_t row, size_t column)
{
    struct uuid id = { { 0 } };
    const struct value *cell = rows_at(rows, row, column);
    if (cell->type == VALUE_BYTES && cell->bytes.len == sizeof id.b)
        memcpy(id.b, cell->bytes.at, sizeof id.b);
    return id;
}

static inline struct str row_text(const struct rows *rows, size_t row, size_t column)
{
    const struct value *cell = rows_at(rows, row, column);
    return cell->type == VALUE_BYTES ? cell->bytes : (struct str){ 0 };
}

static inline int64_t row_number(const struct rows *rows, size_t row, size_t column)
{
    return rows_at(rows, row, column)->integer;
}

#endif
