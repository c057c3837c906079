/* Makes exchanges, and ends each with its line in the log. */
#include "web/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "web/router.h"

#define ARENA_MAX_BYTES   (256 << 20)
#define PENDING_MAX_BYTES (64 << 20)
#define BODY_MAX_BYTES    (64 << 20)
#define HEADERS_MAX_BYTES 16384

struct exchange *exchange_new(const struct house *house)
{
    struct arena *arena = arena_new(ARENA_MAX_BYTES);
    struct exchange *x = arena_new_of(arena, struct exchange);
    x->arena = arena;
    x->house = house;
    x->config = atomic_load(&house->config);
    x->client.fd = -1;
    x->door = &insula_door;
    x->started_ms = clock_steady_ms();
    x->response = (struct response){ .headers = text_make(HEADERS_MAX_BYTES),
                                     .body = text_make(BODY_MAX_BYTES) };
    return x;
}

void exchange_open(struct exchange *x, int fd, int request_id)
{
    client_begin(&x->client, fd, request_id, PENDING_MAX_BYTES);
}

static void log_turn(const struct exchange *x, struct log_line *line)
{
    const struct turn *turn = x->turn;
    line->provider = turn->upstream->kind->name;
    line->model = turn->model->name;
    line->outcome = turn_outcome_text(turn->outcome);
    if (turn->error.kind != ERROR_NONE) {
        line->code = turn->error.code;
        line->detail = turn->error.log[0] ? turn->error.log : NULL;
    }
    line->tokens_in = turn->charged.tokens_in;
    line->tokens_out = turn->charged.tokens_out;
    line->usage_source = turn->charged.usage_source.at;
}

static void log_request(const struct exchange *x)
{
    char id[ID_TEXT_MAX];
    int status = x->response.status;
    struct log_line line = { .level = status >= 500 ? LOG_ERROR : LOG_INFO,
                             .event = "request",
                             .request_id = request_id_text(x->request.id, id),
                             .user = x->user_hash[0] ? x->user_hash : NULL,
                             .route = x->route ? x->route->name : NULL,
                             .status = status,
                             .ms = clock_steady_ms() - x->started_ms,
                             .code = x->response.code,
                             .detail = x->response.detail };
    if (x->tenant)
        line.tenant = x->tenant->id;
    if (x->turn)
        log_turn(x, &line);
    log_write(&line);
    metrics_add(METRIC_REQUESTS, 1);
    if (status >= 400)
        metrics_add(status >= 500 ? METRIC_REQUESTS_5XX : METRIC_REQUESTS_4XX, 1);
}

void exchange_end(struct exchange **exchange)
{
    struct exchange *x = *exchange;
    if (x->response.status)
        log_request(x);
    client_close(&x->client);
    if (x->turn)
        turn_free(x->turn);
    if (x->has_slot)
        slots_give(x->house->slots, x->scope);
    tenant_release(&x->tenant);
    text_free(&x->response.headers);
    text_free(&x->response.body);
    struct arena *arena = x->arena;
    *exchange = NULL;
    arena_free(&arena);
}
