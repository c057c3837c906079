/* A turn from its making to each request to a provider; what comes between is in admit.c. */
#include "chat/turn.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "turn_spool.h"

#define DEADLINE_GRACE_MS 60000
#define REQUEST_MAX_BYTES (256 << 20)

const char *turn_outcome_text(enum turn_outcome outcome)
{
    static const char *const texts[] = { "complete", "interrupted", "failed" };
    return texts[outcome];
}

static int choose(int64_t own, int house)
{
    return own ? (int)own : house;
}

struct deadlines deadlines_of(const struct upstream *upstream, const struct upstream_config *house)
{
    const struct provider_options *own = &upstream->options;
    return (struct deadlines){
        .connect_ms = choose(own->connect_ms, house->connect_ms),
        .first_event_ms = choose(own->first_event_ms, house->first_event_ms),
        .idle_ms = choose(own->idle_ms, house->idle_ms),
        .total_ms = choose(own->total_ms, house->total_ms),
        .reply_bytes = choose(own->reply_bytes, house->reply_bytes),
    };
}

struct breaker_rules breaker_rules_of(const struct upstream_config *house)
{
    return (struct breaker_rules){ house->breaker_failures, house->breaker_open_ms };
}

/* Time enough for the most patient of those that may be asked. */
static int total_of(const struct turn *turn)
{
    int most_ms = 0;
    for (size_t i = 0; i < turn->attempts.leg_count; i++) {
        int ms = deadlines_of(&turn->attempts.legs[i].route->upstream, turn->house).total_ms;
        most_ms = ms > most_ms ? ms : most_ms;
    }
    return most_ms;
}

struct turn *turn_new(const struct admission *a, int64_t now_unix_ms)
{
    const struct turn_request *request = a->request;
    struct turn *turn = arena_new_of(a->arena, struct turn);
    turn->arena = a->arena;
    turn->scope = a->scope;
    turn->tenant = a->tenant;
    turn->model = request->model;
    turn->house = request->house;
    turn->id = turn_id_new();
    attempts_plan(&turn->attempts, turn->arena, turn->model, turn->id);
    turn->upstream = &turn->attempts.legs[0].route->upstream;
    turn->total_ms = total_of(turn);
    turn->stored = request->stored;
    turn->stream = request->stream;
    turn->show_usage = request->show_usage;
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
                              .provider = turn->upstream->id,
                              .period = turn->period,
                              .hold = turn->hold,
                              .started_ms = turn->started_unix_ms,
                              .deadline_ms =
                                  turn->started_unix_ms + turn->total_ms + DEADLINE_GRACE_MS,
                              .first_ms = -1 };
}

/* ---- attempts ---- */

/* Whatever a failed attempt left; it had shown nothing. */
static void forget_answer(struct turn *turn)
{
    records_free(&turn->records);
    text_free(&turn->body);
    spoken_free(&turn->spoken);
    arena_free(&turn->scratch);
    arena_free(&turn->request);
    turn->head = (struct http_head){ 0 };
    turn->has_head = turn->end_mark = turn->over = false;
    turn->outcome = TURN_COMPLETE;
    turn->error = (struct error){ 0 };
    turn->usage = (struct usage){ 0 };
    turn->output_bytes = turn->taken_bytes = 0;
    turn->record_count = 0;
    turn->first_ms = -1;
}

/* Takes up the leg that was chosen: its provider, its limits, room for its answer. */
static void take_up(struct turn *turn, struct arena *request, const struct http_request *call)
{
    const struct leg *leg = turn->attempts.at;
    char id[ID_TEXT_MAX];
    forget_answer(turn);
    turn->request = request;
    turn->call = *call;
    turn->model = leg->model;
    turn->upstream = &leg->route->upstream;
    turn->limits = deadlines_of(turn->upstream, turn->house);
    size_t most = (size_t)turn->limits.reply_bytes;
    turn->records = records_make(turn->upstream->kind->framing, most);
    turn->decoder =
        (struct decoder){ .kind = turn->upstream->kind,
                          .upstream = turn->upstream,
                          .completion = &turn->completion,
                          .id = arena_printf(turn->arena, "%s", turn_id_text(turn->id, id)),
                          .created = turn->started_unix_ms / 1000 };
    turn->body = text_make(most);
    turn->spoken = spoken_make(most);
    turn->scratch = arena_new(most * 4);
}

/* The spool knows of an attempt before its provider does. */
static void begin(struct turn *turn, int64_t began_ms, int64_t until_ms)
{
    int64_t left_ms = until_ms - began_ms;
    turn->call.connect_ms = turn->limits.connect_ms;
    turn->call.total_ms = turn->limits.total_ms < left_ms ? turn->limits.total_ms : (int)left_ms;
    attempts_begin(&turn->attempts, began_ms);
    metrics_add(METRIC_ATTEMPTS, 1);
    spool_attempt(turn);
}

static void leave_alone(int shut_ms, struct error *err)
{
    fail(err, ERROR_UPSTREAM_BUSY, "upstream_unavailable",
         "The provider failed too often; it is not asked for a while.");
    err->retry_after_ms = shut_ms;
}

/* Chooses legs until the request can be put into one's words. -1: there is none; *err says why the
 * first could not be asked. */
static int next_call(struct turn *turn, int *wait_ms_out, struct error *err)
{
    struct attempt_limits limits = { turn->house->attempts, turn->house->retry_wait_ms,
                                     turn->started_ms + turn->total_ms };
    struct breaker_rules rules = breaker_rules_of(turn->house);
    struct error refusal, *why = err;
    while (attempts_next(&turn->attempts, &limits, clock_steady_ms(), wait_ms_out)) {
        const struct upstream *upstream = &turn->attempts.at->route->upstream;
        struct arena *request = arena_new(REQUEST_MAX_BYTES);
        struct http_request call;
        int shut_ms = breaker_wait_ms(upstream->id, &rules, clock_steady_ms());
        if (shut_ms)
            leave_alone(shut_ms, why);
        else if (provider_write(upstream, &turn->completion, request, &call, why) == 0) {
            take_up(turn, request, &call);
            begin(turn, clock_steady_ms() + *wait_ms_out, limits.until_ms);
            return 0;
        }
        arena_free(&request);
        attempts_skip(&turn->attempts);
        why = &refusal;
    }
    return -1;
}

int turn_call(struct turn *turn, struct error *err)
{
    int none_ms;
    if (next_call(turn, &none_ms, err) == 0)
        return 0;
    turn_stop(turn, TURN_FAILED, err->kind, err->code, err->message);
    turn->error = *err;
    return -1;
}

static void log_failed(const struct turn *turn, const struct attempt *attempt)
{
    log_write(&(struct log_line){ .level = LOG_WARN,
                                  .event = "attempt.failed",
                                  .tenant = turn->tenant->id,
                                  .ms = attempt->ms,
                                  .provider = turn->upstream->kind->name,
                                  .model = turn->model->name,
                                  .tokens_in = -1,
                                  .tokens_out = -1,
                                  .code = turn->error.code,
                                  .detail = turn->error.log[0] ? turn->error.log : NULL });
}

static void alarm_refused(const struct turn *turn)
{
    char id[ID_TEXT_MAX], detail[100];
    if (!breaker_refused(turn->upstream->id, clock_unix_ms()))
        return;
    snprintf(detail, sizeof detail, "%s does not accept the tenant's credential",
             provider_id_text(turn->upstream->id, id));
    log_write(&(struct log_line){ .level = LOG_ALARM,
                                  .event = "provider.refused",
                                  .tenant = turn->tenant->id,
                                  .ms = -1,
                                  .provider = turn->upstream->kind->name,
                                  .model = turn->model->name,
                                  .tokens_in = -1,
                                  .tokens_out = -1,
                                  .detail = detail });
}

/* What the others should know of the provider. */
static void tell_of_failure(const struct turn *turn)
{
    struct breaker_rules rules = breaker_rules_of(turn->house);
    breaker_tell(turn->upstream->id, &rules, clock_steady_ms(),
                 attempt_is_sick(&turn->error) ? BREAKER_FAILED : BREAKER_REACHED);
    if (!strcmp(turn->error.code, "upstream_auth_error"))
        alarm_refused(turn);
}

bool turn_again(struct turn *turn, int *wait_ms_out)
{
    struct error ignored;
    if (turn->attempts.under_way && turn->outcome == TURN_FAILED)
        tell_of_failure(turn);
    bool may_go_on = attempts_end(&turn->attempts, &turn->error, clock_steady_ms());
    if (!may_go_on || turn->outcome != TURN_FAILED || turn->events)
        return false;
    log_failed(turn, &turn->attempts.list[turn->attempts.count - 1]);
    return next_call(turn, wait_ms_out, &ignored) == 0;
}
