/* Settles turns, many in one commit, for the ledger and for recovery. */
#include "chat/settle.h"

#include "db/db.h"
#include "json/write.h"
#include "store/conversations.h"
#include "sums.h"

#define ROWS_MAX_BYTES (16 << 20) /* of a batch's rows; answers are not copied */

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
    bool is_told = known.known && !known.counted;
    s->row.usage_source = str_of(usage_source_text(is_told ? USAGE_PROVIDER : USAGE_COUNTED));
}

void settlement_keep(struct settlement *s, struct spoken *spoken, struct arena *arena)
{
    s->parts = spoken_parts(spoken, arena);
    s->row.code = spoken_cut(spoken);
}

struct settlement turn_settlement(struct turn *turn)
{
    struct settlement s = { .scope = turn->scope,
                            .row = turn_row_of(turn),
                            .content = text_str(&turn->spoken.content),
                            .needs_title = turn->needs_title };
    s.row.attempts = attempts_json(turn->arena, turn->attempts.list, turn->attempts.count);
    s.row.outcome = str_of(turn_outcome_text(turn->outcome));
    s.row.code = str_of(turn->error.kind == ERROR_NONE ? "" : turn->error.code);
    s.row.first_ms = turn->first_ms;
    s.row.total_ms = turn->total_spent_ms;
    if (turn->outcome == TURN_COMPLETE)
        settlement_keep(&s, &turn->spoken, turn->arena);
    settlement_price(&s, prices_of(turn->model), &turn->usage, turn->prompt_tokens,
                     turn->output_bytes);
    return s;
}

struct batch {
    struct settlement *list;
    size_t count;
    bool one_by_one; /* all rows of a table in one statement says too little, or fails for one of
                        them */
    struct arena *arena;
};

/* ---- rows of one turn: for each of `count` settlements from `list` on, in one statement ---- */

static int close_turns(struct batch *b, struct db *db, struct settlement *list, size_t count,
                       struct error *err)
{
    struct many closing = { .arena = b->arena };
    int64_t closed;
    for (size_t i = 0; i < count; i++)
        if (turns_close(&closing, list[i].scope, &list[i].row, err) < 0)
            return -1;
    if (db_run_many(db, &closing, &closed, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        list[i].already = closed == 0;
    if (closed == 0 || closed == (int64_t)count)
        return 0;
    return fail(err, ERROR_CONFLICT, "settled_before", "Some of these turns are settled already.");
}

static struct message answer_of(const struct settlement *s)
{
    return (struct message){ .id = s->row.answer,
                             .parent = s->row.parent,
                             .role = STR("assistant"),
                             .content = s->content,
                             .parts = s->parts,
                             .state = s->row.outcome,
                             .code = s->row.code,
                             .model = s->row.model,
                             .turn = s->row.id,
                             .bytes = prompt_tokens_of(s->parts.at ? s->parts : s->content),
                             .created_ms = s->row.started_ms + s->row.total_ms };
}

static bool has_answer(const struct settlement *s)
{
    return !s->already && !conversation_id_is_zero(s->row.conversation);
}

/* The conversation before the message: the message's foreign key shares a lock on it, and two that
 * share one would each wait for the other to change it. */
static int store_answers(struct batch *b, struct db *db, struct settlement *list, size_t count,
                         struct error *err)
{
    struct many answers = { .arena = b->arena }, leaves = { .arena = b->arena };
    int64_t changed;
    for (size_t i = 0; i < count; i++) {
        const struct settlement *s = &list[i];
        struct message answer = answer_of(s);
        if (has_answer(s) &&
            (messages_append(&answers, s->scope, s->row.conversation, &answer, err) < 0 ||
             conversations_advance(&leaves, s->scope, s->row.conversation, answer.id, answer.model,
                                   answer.created_ms, err) < 0))
            return -1;
    }
    if (db_run_many(db, &leaves, &changed, err) < 0)
        return -1;
    return db_run_many(db, &answers, &changed, err);
}

static int name_conversation(struct db *db, struct settlement *s, struct error *err)
{
    if (!s->needs_title || !has_answer(s))
        return 0;
    struct arena *arena = arena_new(4096 + 4 * s->content.len);
    struct str title = title_of(arena, s->content);
    int status = title.len ? conversation_name(s->scope, db, s->row.conversation, title, err) : 0;
    arena_free(&arena);
    return status;
}

/* The person may have deleted the conversation meanwhile: then there is nowhere to keep the answer.
 */
static int keep_answers(struct batch *b, struct db *db, struct settlement *list, size_t count,
                        struct error *err)
{
    if (store_answers(b, db, list, count, err) < 0)
        return count == 1 && err->kind == ERROR_NOT_FOUND ? 0 : -1;
    for (size_t i = 0; i < count; i++)
        if (name_conversation(db, &list[i], err) < 0)
            return -1;
    return 0;
}

/* ---- the batch ---- */

/* A step for all of the batch, or for each. */
static int step(struct batch *b, struct db *db,
                int (*take)(struct batch *b, struct db *db, struct settlement *list, size_t count,
                            struct error *err),
                struct error *err)
{
    size_t stride = b->one_by_one ? 1 : b->count;
    for (size_t i = 0; i < b->count; i += stride)
        if (take(b, db, &b->list[i], stride, err) < 0)
            return -1;
    return 0;
}

/* Rows of one turn first, rows that many turns share last: those are locked as briefly as can be,
 * and in one order everywhere (admission takes its conversation, then the budget). */
static int settle(struct db *db, void *arg, struct error *err)
{
    struct batch *b = arg;
    if (step(b, db, close_turns, err) < 0 || step(b, db, keep_answers, err) < 0)
        return -1;
    return sums_add(db, b->arena, b->list, b->count, err);
}

/* Where together did not do because one is settled before, or has nowhere to keep its answer, each
 * gets statements of its own, still in one transaction. */
static int settle_rows(struct db *db, struct batch *b, struct error *err)
{
    if (db_transaction(db, settle, b, err) == 0)
        return 0;
    if (b->one_by_one || (err->kind != ERROR_CONFLICT && err->kind != ERROR_NOT_FOUND))
        return -1;
    b->one_by_one = true;
    return db_transaction(db, settle, b, err);
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
    if (count_of_list == 0)
        return 0;
    struct batch batch = { list, count_of_list, count_of_list == 1, arena_new(ROWS_MAX_BYTES) };
    qsort(list, count_of_list, sizeof *list, by_tenant_and_id);
    int status = settle_rows(db, &batch, err);
    if (status < 0 && err->kind == ERROR_UNCERTAIN)
        status = settled_after_all(db, &batch, err);
    arena_free(&batch.arena);
    return status;
}

struct str settled_record(struct arena *arena, const struct turn_row *row,
                          const struct error *error)
{
    struct text json = text_make(2048);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    json_text_member(w, "outcome", row->outcome);
    json_integer_member(w, "in", row->tokens_in);
    json_integer_member(w, "cached", row->tokens_cached);
    json_integer_member(w, "out", row->tokens_out);
    json_integer_member(w, "reasoning", row->tokens_reasoning);
    json_integer_member(w, "first_ms", row->first_ms);
    json_integer_member(w, "total_ms", row->total_ms);
    if (error->kind != ERROR_NONE) {
        json_integer_member(w, "kind", error->kind);
        json_c_member(w, "code", error->code);
        if (error->has_told_code)
            json_c_member(w, "told_code", error->told_code);
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
