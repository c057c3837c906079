/* Errors as HTTP: the only place with their status numbers and their JSON. */
#include "web/exchange.h"

#include "respond.h"

static const struct {
    int status;
    const char *type;
} problems[] = {
    [ERROR_NONE] = { 500, "server_error" },
    [ERROR_BAD_REQUEST] = { 400, "invalid_request_error" },
    [ERROR_UNAUTHENTICATED] = { 401, "authentication_error" },
    [ERROR_FORBIDDEN] = { 403, "permission_error" },
    [ERROR_NOT_FOUND] = { 404, "invalid_request_error" },
    [ERROR_METHOD] = { 405, "invalid_request_error" },
    [ERROR_CONFLICT] = { 409, "invalid_request_error" },
    [ERROR_GONE] = { 410, "invalid_request_error" },
    [ERROR_LENGTH] = { 411, "invalid_request_error" },
    [ERROR_PRECONDITION] = { 412, "invalid_request_error" },
    [ERROR_TOO_LARGE] = { 413, "invalid_request_error" },
    [ERROR_ADDRESS_LENGTH] = { 414, "invalid_request_error" },
    [ERROR_MEDIA_TYPE] = { 415, "invalid_request_error" },
    [ERROR_UNPROCESSABLE] = { 422, "invalid_request_error" },
    [ERROR_LIMIT] = { 429, "rate_limit_error" },
    [ERROR_HEADERS] = { 431, "invalid_request_error" },
    [ERROR_INTERNAL] = { 500, "server_error" },
    [ERROR_UPSTREAM] = { 502, "upstream_error" },
    [ERROR_UNAVAILABLE] = { 503, "server_error" },
    [ERROR_UPSTREAM_BUSY] = { 503, "upstream_error" },
    [ERROR_UPSTREAM_TIMEOUT] = { 504, "upstream_error" },
    [ERROR_DEADLOCK] = { 503, "server_error" },
    [ERROR_UNCERTAIN] = { 503, "server_error" },
};

/* Waits that the official clients would not sit out are not worth a retry (CLIENTS.md 3). */
#define RETRY_MAX_MS 60000

int problem_status(const struct error *err)
{
    return problems[err->kind].status;
}

static const char *told_code(const struct error *err)
{
    if (!err->has_told_code)
        return err->code;
    return err->told_code[0] ? err->told_code : NULL;
}

struct problem problem_of(const struct exchange *x, const struct error *err)
{
    char id[ID_TEXT_MAX];
    return (struct problem){ .status = problem_status(err),
                             .type = err->type ? err->type : problems[err->kind].type,
                             .code = told_code(err),
                             .message = err->message,
                             .param = err->param[0] ? err->param : NULL,
                             .request_id =
                                 arena_printf(x->arena, "%s", request_id_text(x->request.id, id)) };
}

static void retry_headers(struct exchange *x, const struct error *err)
{
    bool may_wait = err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_UNCERTAIN ||
                    err->kind == ERROR_DEADLOCK;
    int wait_ms = err->retry_after_ms ? err->retry_after_ms : may_wait ? 1000 : 0;
    if (wait_ms)
        text_addf(&x->response.headers, "Retry-After: %d\r\nretry-after-ms: %d\r\n",
                  (wait_ms + 999) / 1000, wait_ms);
    if (err->retry_useless || wait_ms > RETRY_MAX_MS)
        respond_header(x, "x-should-retry", "false");
}

void respond_problem(struct exchange *x, const struct error *err)
{
    struct problem problem = problem_of(x, err);
    x->door->problem(respond_writer(x), &problem);
    retry_headers(x, err);
    if (err->kind == ERROR_UNAUTHENTICATED)
        respond_header(x, "WWW-Authenticate", "Bearer");
    x->response.code = err->code;
    x->response.detail = err->log[0] ? arena_printf(x->arena, "%s", err->log) : NULL;
    respond_json(x, problem_status(err));
}
