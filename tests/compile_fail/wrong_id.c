/* expect: (incompatible type for argument 3|passing 'struct user_id' to parameter of incompatible type) */
/* A user's id is not compared with a conversation's. */
#include "query/query.h"

struct condition mixed(struct user_id user);
struct condition mixed(struct user_id user)
{
    return eq(schema.message.conversation_id, user);
}
