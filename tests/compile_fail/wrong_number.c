/* expect: (incompatible type for argument|to parameter of incompatible type) */
/* A number is not an id, and an id no number. */
#include "query/query.h"

struct assignment mixed(struct turn_id turn);
struct assignment mixed(struct turn_id turn)
{
    return set(schema.turn.cost, turn);
}
