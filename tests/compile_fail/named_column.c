/* expect: (incompatible pointer type|incompatible pointer types) */
/* And a text is no column. */
#include "query/query.h"

const struct select everything = { .columns = { "*" } };
