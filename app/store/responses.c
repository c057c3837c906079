/* The rows of responses, for admission and for OpenAI's clients. */
#include "store/responses.h"

#include "row.h"

static int not_found(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "response_not_found", "There is no such response.");
}

int responses_add(struct many *many, const struct tenant_scope *scope,
                  const struct response_row *row, struct error *err)
{
    return many_insert(many, scope,
                       &(struct insert){
                           .into = schema.response.table,
                           .values = { set(schema.response.turn_id, row->turn),
                                       set(schema.response.conversation_id, row->conversation),
                                       set(schema.response.settings, row->settings),
                                       message_id_is_zero(row->after)
                                           ? set_null(schema.response.after_id)
                                           : set(schema.response.after_id, row->after) },
                       },
                       err);
}

int response_find(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                  struct arena *arena, struct response_row *out, struct error *err)
{
    struct rows rows;
    if (query_select(scope, db,
                     &(struct select){
                         .from = schema.response.table,
                         .columns = { schema.response.turn_id.c, schema.response.conversation_id.c,
                                      schema.response.after_id.c, schema.response.settings.c },
                         .where = { eq(schema.response.turn_id, turn) },
                         .limit = 1,
                     },
                     arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return not_found(err);
    *out = (struct response_row){ { row_uuid(&rows, 0, 0) },
                                  { row_uuid(&rows, 0, 1) },
                                  { row_uuid(&rows, 0, 2) },
                                  row_text(&rows, 0, 3) };
    return 0;
}

int response_drop(const struct tenant_scope *scope, struct db *db, struct turn_id turn,
                  struct error *err)
{
    int64_t changed;
    if (query_delete(scope, db,
                     &(struct delete){
                         .from = schema.response.table,
                         .row = { eq(schema.response.turn_id, turn) },
                     },
                     &changed, err) < 0)
        return -1;
    return changed ? 0 : not_found(err);
}
