/* The ledger's rows, for admission, settlement and resume. */
#include "store/turns.h"

#include "row.h"

int turns_open(struct many *many, const struct tenant_scope *scope, const struct turn_row *row,
               struct str sealed_scope, struct error *err)
{
    bool is_kept = !conversation_id_is_zero(row->conversation);
    struct insert insert = {
        .into = schema.turn.table,
        .values = { set(schema.turn.turn_id, row->id), set(schema.turn.model, row->model),
                    set(schema.turn.provider_id, row->provider),
                    set(schema.turn.state, STR("open")), set(schema.turn.period, row->period),
                    set(schema.turn.hold, row->hold), set(schema.turn.started_ms, row->started_ms),
                    set(schema.turn.deadline_ms, row->deadline_ms),
                    set(schema.turn.scope, sealed_scope),
                    is_kept ? set(schema.turn.conversation_id, row->conversation)
                            : set_null(schema.turn.conversation_id),
                    is_kept ? set(schema.turn.parent_id, row->parent)
                            : set_null(schema.turn.parent_id),
                    is_kept ? set(schema.turn.answer_id, row->answer)
                            : set_null(schema.turn.answer_id) },
    };
    return many_insert(many, scope, &insert, err);
}

int turns_close(struct many *many, const struct tenant_scope *scope, const struct turn_row *row,
                struct error *err)
{
    struct update update = {
        .table = schema.turn.table,
        .row = { eq(schema.turn.turn_id, row->id) },
        .where = { eq(schema.turn.state, STR("open")) },
        .set = { set(schema.turn.state, STR("settled")), set(schema.turn.tokens_in, row->tokens_in),
                 set(schema.turn.tokens_cached, row->tokens_cached),
                 set(schema.turn.tokens_out, row->tokens_out),
                 set(schema.turn.tokens_reasoning, row->tokens_reasoning),
                 set(schema.turn.cost, row->cost), set(schema.turn.usage_source, row->usage_source),
                 set(schema.turn.outcome, row->outcome), set(schema.turn.code, row->code),
                 set(schema.turn.model, row->model), set(schema.turn.provider_id, row->provider),
                 set(schema.turn.attempts, row->attempts),
                 set(schema.turn.total_ms, row->total_ms),
                 row->first_ms >= 0 ? set(schema.turn.first_ms, row->first_ms)
                                    : set_null(schema.turn.first_ms) },
    };
    return many_update(many, scope, &update, err);
}

static struct turn_row turn_read(const struct rows *rows)
{
    return (struct turn_row){
        .id = { row_uuid(rows, 0, 0) },
        .conversation = { row_uuid(rows, 0, 1) },
        .parent = { row_uuid(rows, 0, 2) },
        .answer = { row_uuid(rows, 0, 3) },
        .model = row_text(rows, 0, 4),
        .provider = { row_uuid(rows, 0, 5) },
        .settled = str_is(row_text(rows, 0, 6), "settled"),
        .period = (int32_t)row_number(rows, 0, 7),
        .hold = row_number(rows, 0, 8),
        .tokens_in = row_number(rows, 0, 9),
        .tokens_out = row_number(rows, 0, 10),
        .tokens_cached = row_number(rows, 0, 17),
        .tokens_reasoning = row_number(rows, 0, 18),
        .cost = row_number(rows, 0, 11),
        .usage_source = row_text(rows, 0, 12),
        .outcome = row_text(rows, 0, 13),
        .code = row_text(rows, 0, 14),
        .started_ms = row_number(rows, 0, 15),
        .deadline_ms = row_number(rows, 0, 16),
    };
}

int turn_find(const struct tenant_scope *scope, struct db *db, struct turn_id id,
              struct arena *arena, struct turn_row *out, struct error *err)
{
    struct rows rows;
    if (query_select(
            scope, db,
            &(struct select){
                .from = schema.turn.table,
                .columns = { schema.turn.turn_id.c, schema.turn.conversation_id.c,
                             schema.turn.parent_id.c, schema.turn.answer_id.c, schema.turn.model.c,
                             schema.turn.provider_id.c, schema.turn.state.c, schema.turn.period.c,
                             schema.turn.hold.c, schema.turn.tokens_in.c, schema.turn.tokens_out.c,
                             schema.turn.cost.c, schema.turn.usage_source.c, schema.turn.outcome.c,
                             schema.turn.code.c, schema.turn.started_ms.c,
                             schema.turn.deadline_ms.c, schema.turn.tokens_cached.c,
                             schema.turn.tokens_reasoning.c },
                .where = { eq(schema.turn.turn_id, id) },
                .limit = 1,
            },
            arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "turn_not_found", "There is no such turn.");
    *out = turn_read(&rows);
    return 0;
}
