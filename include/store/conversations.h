/* Conversations of the scope's own user. Another's and none are the same ERROR_NOT_FOUND
 * "conversation_not_found". */
#ifndef INSULA_STORE_CONVERSATIONS_H
#define INSULA_STORE_CONVERSATIONS_H

#include "auth/scope.h"

struct db;
struct many;

struct conversation {
    struct conversation_id id;
    struct str title, model;
    struct message_id leaf;     /* zero: no message yet */
    struct uuid touched;        /* orders lists, newest first; the cursor */
    bool pinned, archived;
    int64_t version;            /* the ETag */
    int64_t created_ms, updated_ms;
};

/* With an id, touched, version and times; in no table yet. title at most 200 characters. */
static inline struct conversation conversation_new(struct str title, struct str model,
                                                   int64_t now_unix_ms)
{
    struct conversation made = { .id = conversation_id_new(),
                                 .title = title,
                                 .model = model,
                                 .version = 1,
                                 .created_ms = now_unix_ms,
                                 .updated_ms = now_unix_ms };
    made.touched = made.id.v;
    return made;
}
int conversation_create(const struct tenant_scope *scope, struct db *db, struct str title,
                        struct str model, int64_t now_unix_ms, struct conversation *out,
                        struct error *err);
/* With others, by db_run_many. */
int conversations_create(struct many *many, const struct tenant_scope *scope,
                         const struct conversation *conversation, struct error *err);

/* lock: FOR UPDATE, within a transaction. */
int conversation_find(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                      bool lock, struct arena *arena, struct conversation *out, struct error *err);

struct conversation_filter {
    bool archived;              /* only the archived ones; else only the others */
    bool pinned_only;
    bool has_after;
    struct uuid after;          /* older than this `touched` */
    int limit;                  /* 1 to 100 */
};
/* Newest activity first. */
int conversation_list(const struct tenant_scope *scope, struct db *db,
                      const struct conversation_filter *filter, struct arena *arena,
                      struct conversation **out, size_t *count, struct error *err);

struct conversation_change {
    struct str title;           /* absent: as it is */
    int pinned, archived;       /* -1: as it is */
};
/* version: what If-Match names; 0: any. ERROR_PRECONDITION "version_mismatch". */
int conversation_change(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                        int64_t version, const struct conversation_change *change,
                        int64_t now_unix_ms, struct error *err);

/* Turns added a message: the newest leaf, the model last used, the time. With others, by db_run_many. */
int conversations_advance(struct many *many, const struct tenant_scope *scope,
                          struct conversation_id id, struct message_id leaf, struct str model,
                          int64_t now_unix_ms, struct error *err);
/* Sets the title only while there is none. */
int conversation_name(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                      struct str title, struct error *err);

/* With its messages. version as above. */
int conversation_delete(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                        int64_t version, struct error *err);

#endif
