/* The records of a turn that is under way, for who resumes it and for who settles it after a crash;
 * spool_record.c reads them. */
#include "turn_spool.h"

#include "base/clock.h"
#include "json/write.h"

#define RECORD_MAX_BYTES 8192

void turn_spool(struct turn *turn, enum spool_kind kind, struct str payload)
{
    struct error ignored;
    if (turn->spool)
        (void)!spool_append(turn->spool, kind, payload, &ignored);
}

/* A record that is one JSON object of a few members. */
static void spool_object(struct turn *turn, enum spool_kind kind,
                         void (*members)(struct json_writer *w, const struct turn *turn))
{
    struct arena *arena = arena_new(RECORD_MAX_BYTES);
    struct text json = text_make(RECORD_MAX_BYTES);
    struct json_writer *w = json_writer_new(arena, &json);
    json_object_open(w);
    members(w, turn);
    json_object_close(w);
    turn_spool(turn, kind, text_str(&json));
    text_free(&json);
    arena_free(&arena);
}

static void write_usage(struct json_writer *w, const struct turn *turn)
{
    json_integer_member(w, "in", turn->usage.tokens_in);
    json_integer_member(w, "cached", turn->usage.tokens_cached);
    json_integer_member(w, "out", turn->usage.tokens_out);
    json_integer_member(w, "reasoning", turn->usage.tokens_reasoning);
    json_bool_member(w, "counted", turn->usage.counted);
}

void spool_usage(struct turn *turn)
{
    spool_object(turn, SPOOL_USAGE, write_usage);
}

static void write_attempt(struct json_writer *w, const struct turn *turn)
{
    char id[ID_TEXT_MAX];
    const struct attempts *a = &turn->attempts;
    struct prices prices = prices_of(turn->model);
    json_c_member(w, "model", turn->model->name);
    json_c_member(w, "provider", provider_id_text(turn->upstream->id, id));
    json_integer_member(w, "price_in", prices.in);
    json_integer_member(w, "price_cached", prices.cached);
    json_integer_member(w, "price_out", prices.out);
    if (a->count < 2)
        return;
    json_text_member(w, "before", a->list[a->count - 2].code);
    json_integer_member(w, "before_ms", a->list[a->count - 2].ms);
}

void spool_attempt(struct turn *turn)
{
    spool_object(turn, SPOOL_ATTEMPT, write_attempt);
}

static void write_result(struct json_writer *w, const struct turn *turn)
{
    const struct attempts *a = &turn->attempts;
    json_c_member(w, "outcome", turn_outcome_text(turn->outcome));
    json_c_member(w, "code", turn->error.kind == ERROR_NONE ? "" : turn->error.code);
    json_integer_member(w, "first_ms", turn->first_ms);
    json_integer_member(w, "total_ms", turn->total_spent_ms);
    json_integer_member(w, "attempt_ms", a->count ? a->list[a->count - 1].ms : 0);
}

void turn_leave(struct turn *turn)
{
    int64_t now_ms = clock_steady_ms();
    turn->total_spent_ms = now_ms - turn->started_ms;
    attempts_end(&turn->attempts, &turn->error, now_ms);
    spool_object(turn, SPOOL_RESULT, write_result);
}
