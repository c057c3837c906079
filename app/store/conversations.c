/* Reading and changing conversations, for the web's handlers and for turns. */
#include "store/conversations.h"

#include "row.h"

/* The order of conversation_read. */
#define CONVERSATION_COLUMNS                                                                       \
    {                                                                                              \
        schema.conversation.conversation_id.c, schema.conversation.title.c,                        \
            schema.conversation.model.c, schema.conversation.leaf_id.c,                            \
            schema.conversation.touched.c, schema.conversation.pinned.c,                           \
            schema.conversation.archived.c, schema.conversation.version.c,                         \
            schema.conversation.created_ms.c, schema.conversation.updated_ms.c                     \
    }

static struct conversation conversation_read(const struct rows *rows, size_t row)
{
    return (struct conversation){
        .id = { row_uuid(rows, row, 0) },
        .title = row_text(rows, row, 1),
        .model = row_text(rows, row, 2),
        .leaf = { row_uuid(rows, row, 3) },
        .touched = row_uuid(rows, row, 4),
        .pinned = row_number(rows, row, 5),
        .archived = row_number(rows, row, 6),
        .version = row_number(rows, row, 7),
        .created_ms = row_number(rows, row, 8),
        .updated_ms = row_number(rows, row, 9),
    };
}

static int not_found(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "conversation_not_found", "There is no such conversation.");
}

static struct insert row_of(const struct conversation *c)
{
    return (struct insert){
        .into = schema.conversation.table,
        .values = { set(schema.conversation.conversation_id, c->id),
                    set(schema.conversation.title, c->title),
                    set(schema.conversation.model, c->model),
                    set(schema.conversation.touched, c->touched),
                    set(schema.conversation.created_ms, c->created_ms),
                    set(schema.conversation.updated_ms, c->updated_ms),
                    message_id_is_zero(c->leaf) ? set_null(schema.conversation.leaf_id)
                                                : set(schema.conversation.leaf_id, c->leaf) },
    };
}

/* A client that is told nothing asks again, and would have two: the row says. */
static int created_after_all(const struct tenant_scope *scope, struct db *db,
                             struct conversation_id id, struct error *err)
{
    if (err->kind != ERROR_UNCERTAIN)
        return -1;
    struct arena *arena = arena_new(1 << 16);
    struct conversation found;
    int there = conversation_find(scope, db, id, false, arena, &found, err);
    arena_free(&arena);
    if (there < 0 && err->kind == ERROR_NOT_FOUND)
        fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database cannot be reached.");
    return there;
}

int conversation_create(const struct tenant_scope *scope, struct db *db, struct str title,
                        struct str model, int64_t now_unix_ms, struct conversation *out,
                        struct error *err)
{
    struct conversation made = conversation_new(title, model, now_unix_ms);
    struct insert row = row_of(&made);
    int64_t changed;
    if (query_insert(scope, db, &row, &changed, err) < 0 &&
        created_after_all(scope, db, made.id, err) < 0)
        return -1;
    *out = made;
    return 0;
}

int conversations_create(struct many *many, const struct tenant_scope *scope,
                         const struct conversation *conversation, struct error *err)
{
    struct insert row = row_of(conversation);
    return many_insert(many, scope, &row, err);
}

int conversation_find(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                      bool lock, struct arena *arena, struct conversation *out, struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.conversation.table,
                         .columns = CONVERSATION_COLUMNS,
                         .where = { eq(schema.conversation.conversation_id, id) },
                         .limit = 1,
                         .lock = lock,
                     },
                     arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return not_found(err);
    *out = conversation_read(&rows, 0);
    return 0;
}

int conversation_list(const struct tenant_scope *scope, struct db *db,
                      const struct conversation_filter *filter, struct arena *arena,
                      struct conversation **out, size_t *count, struct error *err)
{
    struct rows rows;
    if (query_select(
            scope, db,
            &(struct select){
                .from = schema.conversation.table,
                .columns = CONVERSATION_COLUMNS,
                .where = { eq(schema.conversation.archived, filter->archived),
                           when(filter->has_after, lt(schema.conversation.touched, filter->after)),
                           when(filter->pinned_only, eq(schema.conversation.pinned, 1)) },
                .order = newest_first(schema.conversation.touched),
                .limit = filter->limit,
            },
            arena, &rows, err) < 0)
        return -1;
    struct conversation *list = arena_array_of(arena, struct conversation, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = conversation_read(&rows, i);
    *out = list;
    *count = rows.count;
    return 0;
}

/* Nothing changed: is it not there, or another version? */
static int explain_unchanged(const struct tenant_scope *scope, struct db *db,
                             struct conversation_id id, struct error *err)
{
    struct arena *arena = arena_new(1 << 16);
    struct conversation found;
    int there = conversation_find(scope, db, id, false, arena, &found, err);
    arena_free(&arena);
    if (there < 0)
        return -1;
    return fail_param(err, ERROR_PRECONDITION, "version_mismatch", "If-Match",
                      "The conversation has changed; it is at version %lld now.",
                      (long long)found.version);
}

int conversation_change(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                        int64_t version, const struct conversation_change *change,
                        int64_t now_unix_ms, struct error *err)
{
    struct update update = {
        .table = schema.conversation.table,
        .row = { eq(schema.conversation.conversation_id, id) },
        .where = { when(version > 0, eq(schema.conversation.version, version)) },
        .set = { plus(schema.conversation.version, 1),
                 set(schema.conversation.updated_ms, now_unix_ms) },
    };
    size_t n = 2;
    if (change->title.at)
        update.set[n++] = set(schema.conversation.title, change->title);
    if (change->pinned >= 0)
        update.set[n++] = set(schema.conversation.pinned, change->pinned);
    if (change->archived >= 0)
        update.set[n++] = set(schema.conversation.archived, change->archived);
    int64_t changed;
    if (query_update(scope, db, &update, &changed, err) < 0)
        return -1;
    return changed ? 0 : explain_unchanged(scope, db, id, err);
}

int conversations_advance(struct many *many, const struct tenant_scope *scope,
                          struct conversation_id id, struct message_id leaf, struct str model,
                          int64_t now_unix_ms, struct error *err)
{
    return many_update(
        many, scope,
        &(struct update){
            .table = schema.conversation.table,
            .row = { eq(schema.conversation.conversation_id, id) },
            .set = { set(schema.conversation.leaf_id, leaf), set(schema.conversation.model, model),
                     set(schema.conversation.touched, message_id_new().v),
                     plus(schema.conversation.version, 1),
                     set(schema.conversation.updated_ms, now_unix_ms) },
        },
        err);
}

int conversation_name(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                      struct str title, struct error *err)
{
    int64_t changed;
    return query_update(scope, db,
                        &(struct update){
                            .table = schema.conversation.table,
                            .row = { eq(schema.conversation.conversation_id, id) },
                            .where = { eq(schema.conversation.title, STR("")) },
                            .set = { set(schema.conversation.title, title) },
                        },
                        &changed, err);
}

int conversation_delete(const struct tenant_scope *scope, struct db *db, struct conversation_id id,
                        int64_t version, struct error *err)
{
    int64_t changed;
    if (query_delete(scope, db,
                     &(struct delete){
                         .from = schema.conversation.table,
                         .row = { eq(schema.conversation.conversation_id, id) },
                         .where = { when(version > 0, eq(schema.conversation.version, version)) },
                     },
                     &changed, err) < 0)
        return -1;
    return changed ? 0 : explain_unchanged(scope, db, id, err);
}
