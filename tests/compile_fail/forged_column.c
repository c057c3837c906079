/* expect: (has initializer but incomplete type|variable has incomplete type) */
/* Columns are made in query/schema.c alone. */
#include "query/query.h"

const struct column *forged(void);
const struct column *forged(void)
{
    static const struct column column = { .name = "1 OR 1=1 --" };
    return &column;
}
