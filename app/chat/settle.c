/* Settles turns, many in one commit, for the ledger and for recovery. */
#include "chat/settle.h"

#include "db/db.h"
#include "json/write.h"
#include "store/conversations.h"
#include "sums.h"

void settlement_price(struct settlement *s, struct prices prices, const struct usage *usage,
                      int64_t prompt_tokens, int64_t produced)
{
    struct usage known = *usage;
    if (!known.known && produced > 0)
        known = (struct usage){ .tokens_in = tokens_counted(prompt_tokens),
                                .tokens_out = tokens_counted(produced) };
    s->row.tokens_in = known.tokens_in;
    s->row.tokens_cached = known.tokens_cached;
    s->row.tokens_out = known.tokens_out;
    s->row.tokens_reasoning = known.tokens_reasoning;
    s->row.cost = price_of(prices, &known);
    s->row.usage_source = str_of(usage_source_text(known.known ? USAGE_PROVIDER : USAGE_COUNTED));
}

struct settlement turn_settlement(struct turn *turn)
{
    struct settlement s = { .scope = turn->scope,
                            .row = turn_row_of(turn),
                            .content = text_str(&turn->content),
                            .needs_title = turn->needs_title };
    s.row.outcome = str_of(turn_outcome_text(turn->outcome));
    s.row.code = str_of(turn->error.kind == ERROR_NONE ? "" : turn->error.code);
    s.row.first_ms = turn->first_ms;
    s.row.total_ms = turn->total_spent_ms;
    settlement_price(&s, turn->prices, &turn->usage, turn->prompt_tokens, turn->output_bytes);
    return s;
}

/* The person may have deleted the conversation meanwhile: then there is nowhere to keep the answer.
 */
static int store_answer(struct db *db, struct settlement *s, struct error *err)
{
    struct message answer = { .id = s->row.answer,
                              .parent = s->row.parent,
                              .role = STR("assistant"),
                              .content = s->content,
                              .state = s->row.outcome,
                              .code = s->row.code,
                              .model = s->row.model,
                              .turn = s->row.id,
                              .bytes = prompt_tokens_of(s->content),
                              .created_ms = s->row.started_ms + s->row.total_ms };
    if (message_append(s->scope, db, s->row.conversation, &answer, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    return conversation_advance(s->scope, db, s->row.conversation, s->row.answer, s->row.model,
                                answer.created_ms, err);
}

static int name_conversation(struct db *db, struct settlement *s, struct error *err)
{
    struct arena *arena = arena_new(4096 + 4 * s->content.len);
    struct str title = title_of(arena, s->content);
    int status = title.len ? conversation_name(s->scope, db, s->row.conversation, title, err) : 0;
    arena_free(&arena);
    return status;
}

static int close_turn(struct db *db, struct settlement *s, struct error *err)
{
    bool settled;
    if (turn_close(s->scope, db, &s->row, &settled, err) < 0)
        return -1;
    s->already = !settled;
    return 0;
}

static int keep_answer(struct db *db, struct settlement *s, struct error *err)
{
    if (s->already || conversation_id_is_zero(s->row.conversation))
        return 0;
    if (store_answer(db, s, err) < 0)
        return -1;
    return s->needs_title ? name_conversation(db, s, err) : 0;
}

struct batch {
    struct settlement *list;
    size_t count;
};

/* Rows of one turn first, rows that many turns share last: those are locked as briefly as can be,
 * and in one order everywhere (admission takes its conversation, then the budget). */
static int settle(struct db *db, void *arg, struct error *err)
{
    struct batch *batch = arg;
    for (size_t i = 0; i < batch->count; i++)
        if (close_turn(db, &batch->list[i], err) < 0)
            return -1;
    for (size_t i = 0; i < batch->count; i++)
        if (keep_answer(db, &batch->list[i], err) < 0)
            return -1;
    return sums_add(db, batch->list, batch->count, err);
}

/* After a commit of unknown outcome: all of ours are settled, or none is; so one row tells. */
static int settled_after_all(struct db *db, const struct batch *batch, struct error *err)
{
    const struct settlement *ours = batch->list;
    while (ours < batch->list + batch->count && ours->already)
        ours++;
    if (ours == batch->list + batch->count)
        return 0;
    struct arena *arena = arena_new(1 << 16);
    struct turn_row row;
    int status = turn_find(ours->scope, db, ours->row.id, arena, &row, err);
    if (status == 0 && !row.settled)
        status = fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The commit was lost.");
    arena_free(&arena);
    return status;
}

static int by_tenant_and_id(const void *left, const void *right)
{
    const struct settlement *a = left, *b = right;
    uint32_t x = scope_tenant(a->scope).v, y = scope_tenant(b->scope).v;
    if (x != y)
        return x < y ? -1 : 1;
    return memcmp(&a->row.conversation, &b->row.conversation, sizeof a->row.conversation);
}

int settle_batch(struct db *db, struct settlement *list, size_t count_of_list, struct error *err)
{
    struct batch batch = { list, count_of_list };
    if (count_of_list == 0)
        return 0;
    qsort(list, count_of_list, sizeof *list, by_tenant_and_id);
    if (db_transaction(db, settle, &batch, err) == 0)
        return 0;
    return err->kind == ERROR_UNCERTAIN ? settled_after_all(db, &batch, err) : -1;
}

struct str settled_record(struct arena *arena, const char *outcome, const struct error *error)
{
    struct text json = text_make(2048);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_c_member(w, "outcome", outcome);
    if (error->kind != ERROR_NONE) {
        json_integer_member(w, "kind", error->kind);
        json_c_member(w, "code", error->code);
        json_c_member(w, "type", error->type);
        json_c_member(w, "message", error->message);
        json_c_member(w, "param", error->param);
        json_integer_member(w, "retry_after_ms", error->retry_after_ms);
        json_bool_member(w, "retry_useless", error->retry_useless);
    }
    json_object_close(w);
    struct str record = arena_copy(arena, text_str(&json));
    text_free(&json);
    return record;
}
