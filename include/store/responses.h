/* Responses of the scope's own user: turns that OpenAI's clients can come back to. Another's and none are
 * the same ERROR_NOT_FOUND "response_not_found". They go with their conversation. */
#ifndef INSULA_STORE_RESPONSES_H
#define INSULA_STORE_RESPONSES_H

#include "auth/scope.h"

struct db;
struct many;

struct response_row {
    struct turn_id turn;
    struct conversation_id conversation;
    struct message_id after;    /* what its input hangs on; zero: its input is the beginning */
    struct str settings;        /* JSON: the request without its input */
};

/* With others, by db_run_many. */
int responses_add(struct many *many, const struct tenant_scope *scope, const struct response_row *row,
                  struct error *err);
int response_find(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                  struct arena *arena, struct response_row *out, struct error *err);
/* The row alone: its turn and its messages stay. */
int response_drop(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                  struct error *err);

#endif
