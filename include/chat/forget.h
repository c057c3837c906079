/* Deleting a response: what a client can come back to, and its words. */
#ifndef INSULA_CHAT_FORGET_H
#define INSULA_CHAT_FORGET_H

#include "auth/scope.h"

struct db;

/* From then on there is no such response. Its words go with it, unless another turn goes on from its answer:
 * they are that one's history then. With the last words of a conversation goes the conversation. The ledger
 * keeps its row.
 * ERROR_NOT_FOUND "response_not_found"; ERROR_CONFLICT "response_in_progress": cancel it first. */
int response_forget(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                    struct error *err);

#endif
