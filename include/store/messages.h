/* Messages of a conversation of the scope's own user: a tree, each naming its parent. */
#ifndef INSULA_STORE_MESSAGES_H
#define INSULA_STORE_MESSAGES_H

#include "auth/scope.h"

struct db;
struct many;

struct message {
    struct message_id id, parent;  /* parent zero: a root */
    struct str role, content;
    struct str parts;              /* the OpenAI message object; absent for plain text */
    struct str state, code, model; /* complete interrupted failed */
    struct turn_id turn;           /* zero: none */
    int64_t bytes;                 /* an upper bound of its prompt tokens */
    int64_t created_ms;
};

/* With others, by db_run_many. ERROR_NOT_FOUND "no_parent" then: a conversation is gone. */
int messages_append(struct many *many, const struct tenant_scope *scope,
                    struct conversation_id conversation, const struct message *message,
                    struct error *err);
/* ERROR_NOT_FOUND "message_not_found". */
int message_find(const struct tenant_scope *scope, struct db *db,
                 struct conversation_id conversation, struct message_id id, struct arena *arena,
                 struct message *out, struct error *err);

/* Takes its words away; its place in the tree stays, with 0 bytes. Nothing where there is no such message. */
int message_empty(const struct tenant_scope *scope, struct db *db,
                  struct conversation_id conversation, struct message_id id, struct error *err);
/* Every message without its text (id, parent, role, bytes), oldest first; at most 10,000. */
int message_outline(const struct tenant_scope *scope, struct db *db,
                    struct conversation_id conversation, struct arena *arena, struct message **out,
                    size_t *count, struct error *err);
/* Whole messages from `first` to `last`, oldest first, all branches; at most 10,000. */
int message_range(const struct tenant_scope *scope, struct db *db,
                  struct conversation_id conversation, struct message_id first,
                  struct message_id last, struct arena *arena, struct message **out,
                  size_t *count, struct error *err);

#endif
