/* expect: (incompatible type for argument|to parameter of incompatible type) */
/* Only numbers are added to. */
#include "query/query.h"

struct assignment more(void);
struct assignment more(void)
{
    return plus(schema.message.content, 1);
}
