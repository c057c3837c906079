/* Appending and reading messages, for turns and for the web's handlers. */
#include "store/messages.h"

#include "row.h"

#define MESSAGES_AT_MOST 10000

/* The order of message_read. */
#define MESSAGE_COLUMNS                                                                            \
    {                                                                                              \
        schema.message.message_id.c, schema.message.parent_id.c, schema.message.role.c,            \
            schema.message.bytes.c, schema.message.content.c, schema.message.parts.c,              \
            schema.message.state.c, schema.message.code.c, schema.message.model.c,                 \
            schema.message.turn_id.c, schema.message.created_ms.c                                  \
    }

static struct message message_read_outline(const struct rows *rows, size_t row)
{
    return (struct message){
        .id = { row_uuid(rows, row, 0) },
        .parent = { row_uuid(rows, row, 1) },
        .role = row_text(rows, row, 2),
        .bytes = row_number(rows, row, 3),
    };
}

static struct message message_read(const struct rows *rows, size_t row)
{
    struct message message = message_read_outline(rows, row);
    message.content = row_text(rows, row, 4);
    message.parts = row_text(rows, row, 5);
    message.state = row_text(rows, row, 6);
    message.code = row_text(rows, row, 7);
    message.model = row_text(rows, row, 8);
    message.turn.v = row_uuid(rows, row, 9);
    message.created_ms = row_number(rows, row, 10);
    return message;
}

static struct message *messages_read(const struct rows *rows, struct arena *arena,
                                     struct message (*read)(const struct rows *, size_t))
{
    struct message *list = arena_array_of(arena, struct message, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        list[i] = read(rows, i);
    return list;
}

int messages_append(struct many *many, const struct tenant_scope *scope,
                    struct conversation_id conversation, const struct message *m, struct error *err)
{
    struct insert insert = {
        .into = schema.message.table,
        .values = { set(schema.message.conversation_id, conversation),
                    set(schema.message.message_id, m->id), set(schema.message.role, m->role),
                    set(schema.message.content, m->content), set(schema.message.parts, m->parts),
                    set(schema.message.bytes, m->bytes), set(schema.message.state, m->state),
                    set(schema.message.code, m->code.at ? m->code : STR("")),
                    set(schema.message.model, m->model.at ? m->model : STR("")),
                    set(schema.message.created_ms, m->created_ms),
                    message_id_is_zero(m->parent) ? set_null(schema.message.parent_id)
                                                  : set(schema.message.parent_id, m->parent),
                    turn_id_is_zero(m->turn) ? set_null(schema.message.turn_id)
                                             : set(schema.message.turn_id, m->turn) },
    };
    return many_insert(many, scope, &insert, err);
}

int message_find(const struct tenant_scope *scope, struct db *db,
                 struct conversation_id conversation, struct message_id id, struct arena *arena,
                 struct message *out, struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.message.table,
                         .columns = MESSAGE_COLUMNS,
                         .where = { eq(schema.message.conversation_id, conversation),
                                    eq(schema.message.message_id, id) },
                         .limit = 1,
                     },
                     arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "message_not_found", "There is no such message.");
    *out = message_read(&rows, 0);
    return 0;
}

int message_outline(const struct tenant_scope *scope, struct db *db,
                    struct conversation_id conversation, struct arena *arena, struct message **out,
                    size_t *count, struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.message.table,
                         .columns = { schema.message.message_id.c, schema.message.parent_id.c,
                                      schema.message.role.c, schema.message.bytes.c },
                         .where = { eq(schema.message.conversation_id, conversation) },
                         .order = ascending(schema.message.message_id),
                         .limit = MESSAGES_AT_MOST,
                     },
                     arena, &rows, err) < 0)
        return -1;
    *out = messages_read(&rows, arena, message_read_outline);
    *count = rows.count;
    return 0;
}

int message_range(const struct tenant_scope *scope, struct db *db,
                  struct conversation_id conversation, struct message_id first,
                  struct message_id last, struct arena *arena, struct message **out, size_t *count,
                  struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.message.table,
                         .columns = MESSAGE_COLUMNS,
                         .where = { eq(schema.message.conversation_id, conversation),
                                    ge(schema.message.message_id, first),
                                    le(schema.message.message_id, last) },
                         .order = ascending(schema.message.message_id),
                         .limit = MESSAGES_AT_MOST,
                     },
                     arena, &rows, err) < 0)
        return -1;
    *out = messages_read(&rows, arena, message_read);
    *count = rows.count;
    return 0;
}

int message_empty(const struct tenant_scope *scope, struct db *db,
                  struct conversation_id conversation, struct message_id id, struct error *err)
{
    int64_t changed;
    return query_update(
        scope, db,
        &(struct update){
            .table = schema.message.table,
            .row = { eq(schema.message.conversation_id, conversation),
                     eq(schema.message.message_id, id) },
            .set = { set(schema.message.content, STR("")),
                     set(schema.message.parts, (struct str){ 0 }), set(schema.message.bytes, 0) },
        },
        &changed, err);
}
