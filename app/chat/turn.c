/* A turn from its making to the request to its provider; what comes between is in admit.c. */
#include "chat/turn.h"

#include "base/clock.h"

#define DEADLINE_GRACE_MS 60000

const char *turn_outcome_text(enum turn_outcome outcome)
{
    static const char *const texts[] = { "complete", "interrupted", "failed" };
    return texts[outcome];
}

struct turn *turn_new(const struct admission *a, int64_t now_unix_ms)
{
    const struct turn_request *request = a->request;
    struct turn *turn = arena_new_of(a->arena, struct turn);
    turn->arena = a->arena;
    turn->scope = a->scope;
    turn->tenant = a->tenant;
    turn->model = request->model;
    turn->prices = prices_of(request->model);
    turn->id = turn_id_new();
    turn->stored = request->stored;
    turn->stream = request->stream;
    turn->show_usage = request->show_usage;
    turn->connect_ms = request->connect_ms;
    turn->total_ms = request->total_ms;
    turn->reply_bytes = request->reply_bytes;
    turn->started_unix_ms = now_unix_ms;
    turn->started_ms = clock_steady_ms();
    turn->period = clock_period(turn->started_unix_ms);
    turn->first_ms = -1;
    turn->completion = (struct completion){ .embedding = request->embedding,
                                            .stream = request->stream,
                                            .max_tokens = request->max_tokens,
                                            .max_tokens_renamed = request->max_tokens_renamed,
                                            .parameters = request->parameters };
    return turn;
}

struct turn_row turn_row_of(const struct turn *turn)
{
    return (struct turn_row){ .id = turn->id,
                              .conversation = turn->conversation,
                              .parent = turn->parent,
                              .answer = turn->answer,
                              .model = str_of(turn->model->name),
                              .provider = turn->model->upstream.id,
                              .period = turn->period,
                              .hold = turn->hold,
                              .started_ms = turn->started_unix_ms,
                              .deadline_ms =
                                  turn->started_unix_ms + turn->total_ms + DEADLINE_GRACE_MS,
                              .first_ms = -1 };
}

int turn_call(struct turn *turn, struct error *err)
{
    const struct provider_kind *kind = turn->model->upstream.kind;
    char id[ID_TEXT_MAX];
    turn->records = records_make(kind->framing, (size_t)turn->reply_bytes);
    turn->decoder =
        (struct decoder){ .kind = kind,
                          .upstream = &turn->model->upstream,
                          .completion = &turn->completion,
                          .id = arena_printf(turn->arena, "%s", turn_id_text(turn->id, id)),
                          .created = turn->started_unix_ms / 1000 };
    turn->body = text_make((size_t)turn->reply_bytes);
    turn->spoken = spoken_make((size_t)turn->reply_bytes);
    turn->scratch = arena_new((size_t)turn->reply_bytes * 4);
    if (provider_write(&turn->model->upstream, &turn->completion, turn->arena, &turn->call, err) <
        0) {
        turn_stop(turn, TURN_FAILED, err->kind, err->code, err->message);
        turn->error = *err;
        return -1;
    }
    turn->call.connect_ms = turn->connect_ms;
    turn->call.total_ms = turn->total_ms;
    return 0;
}
