/* Makes the tables and columns of query/schema.h out of the lists in tables.h; for store/. */
#include "tables.h"

#define TABLE(t, is_owned) static const struct table t##_table = { #t, is_owned };
TABLES(TABLE)

#define COLUMN(t, c, kind)  .c = { &(const struct column){ &t##_table, #c } },
#define MEMBER(t, is_owned) .t = { .table = &t##_table, t##_COLUMNS(COLUMN, t) },

const struct schema schema = { TABLES(MEMBER) };
