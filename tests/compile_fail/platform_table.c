/* expect: (has no member named .data_key.|no member named 'data_key') */
/* The house's tables have no name here. */
#include "query/query.h"

const struct table *keys(void);
const struct table *keys(void)
{
    return schema.data_key.table;
}
