/* A table's cells, between filling and rendering it. Private to cli/. */
#ifndef INSULA_CLI_CELLS_H
#define INSULA_CLI_CELLS_H

#include "table.h"

#define TABLE_MAX_BYTES ((size_t)64 << 20)

struct cell {
    bool is_absent;
    const char *text;
    int64_t number;
};

struct table {
    struct arena *arena;
    const struct column *columns;
    size_t column_count, count, size;
    struct cell *cells;
};

#endif
