/* Makes and ends exchanges, and sends plain answers. */
#include "web/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "json/write.h"
#include "respond.h"
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
    line->provider = turn->model->upstream.kind->name;
    line->model = turn->model->name;
    line->outcome = turn_outcome_text(turn->outcome);
    if (turn->error.kind != ERROR_NONE) {
        line->code = turn->error.code;
        line->detail = turn->error.log[0] ? turn->error.log : NULL;
    }
    if (turn->usage.known) {
        line->tokens_in = turn->usage.tokens_in;
        line->tokens_out = turn->usage.tokens_out;
    }
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

void respond_header(struct exchange *x, const char *name, const char *value)
{
    text_addf(&x->response.headers, "%s: %s\r\n", name, value);
}

struct json_writer *respond_writer(struct exchange *x)
{
    text_clear(&x->response.body);
    return json_writer_new(x->arena, &x->response.body);
}

void respond_json(struct exchange *x, int status)
{
    x->response.status = status;
    x->response.content_type = "application/json; charset=utf-8";
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = { { 200, "OK" },           { 201, "Created" },      { 202, "Accepted" },
                    { 204, "No Content" },   { 304, "Not Modified" }, { 400, "Bad Request" },
                    { 401, "Unauthorized" }, { 403, "Forbidden" },    { 404, "Not Found" } };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return status < 500 ? "Refused" : "Failed";
}

static void timing_header(const struct exchange *x, struct text *out)
{
    text_addf(out, "Server-Timing: auth;dur=%.3f, db;dur=%.3f", (double)x->auth_us / 1000,
              (double)x->db_us / 1000);
    if (x->turn && x->turn->first_ms >= 0)
        text_addf(out, ", upstream;dur=%lld", (long long)x->turn->first_ms);
    text_add_c(out, "\r\n");
}

void respond_head(struct exchange *x, struct text *out)
{
    char id[ID_TEXT_MAX];
    text_addf(out, "Status: %d %s\r\n", x->response.status, reason(x->response.status));
    if (x->response.content_type)
        text_addf(out, "Content-Type: %s\r\n", x->response.content_type);
    text_addf(out, "X-Request-Id: %s\r\n", request_id_text(x->request.id, id));
    if (x->tenant)
        text_addf(out, "X-Insula-Generation: %lld\r\n", (long long)x->tenant->generation);
    timing_header(x, out);
    text_add_c(out, "X-Content-Type-Options: nosniff\r\n"
                    "Referrer-Policy: no-referrer\r\n"
                    "Cross-Origin-Resource-Policy: same-origin\r\n");
    text_add(out, text_str(&x->response.headers));
}

void respond_send(struct exchange *x)
{
    struct text out = text_make(BODY_MAX_BYTES + HEADERS_MAX_BYTES);
    respond_head(x, &out);
    if (!memmem(x->response.headers.at ? x->response.headers.at : "", x->response.headers.len,
                "Cache-Control:", 14))
        text_add_c(&out, "Cache-Control: no-store\r\n");
    text_add_c(&out, "\r\n");
    if (x->response.status != 204 && x->response.status != 304)
        text_add(&out, text_str(&x->response.body));
    x->head_sent = true;
    client_finish(&x->client, text_str(&out));
    text_free(&out);
}
