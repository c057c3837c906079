/* Every kind of error is one HTTP status and one JSON form, with the headers that tell clients
 * whether waiting helps. */
#include "web/exchange.h"

#include "base/log.h"
#include "json/read.h"
#include "tap.h"

static struct house house;
static struct config config;
static struct exchange *x;

static void begin(void)
{
    x = exchange_new(&house);
    x->request.id = request_id_new();
}

static void end(void)
{
    x->response.status = 0; /* no log line */
    exchange_end(&x);
}

static bool has(const char *line)
{
    struct text *h = &x->response.headers;
    const char *wanted = arena_printf(x->arena, "%s\r\n", line);
    return h->len && memmem(h->at, h->len, wanted, strlen(wanted));
}

/* The status that a kind's name promises in error.h. */
static const struct {
    enum error_kind kind;
    int status;
} kinds[] = {
    { ERROR_BAD_REQUEST, 400 },   { ERROR_UNAUTHENTICATED, 401 },  { ERROR_FORBIDDEN, 403 },
    { ERROR_NOT_FOUND, 404 },     { ERROR_METHOD, 405 },           { ERROR_CONFLICT, 409 },
    { ERROR_GONE, 410 },          { ERROR_PRECONDITION, 412 },     { ERROR_TOO_LARGE, 413 },
    { ERROR_MEDIA_TYPE, 415 },    { ERROR_UNPROCESSABLE, 422 },    { ERROR_LIMIT, 429 },
    { ERROR_INTERNAL, 500 },      { ERROR_UPSTREAM, 502 },         { ERROR_UNAVAILABLE, 503 },
    { ERROR_UPSTREAM_BUSY, 503 }, { ERROR_UPSTREAM_TIMEOUT, 504 }, { ERROR_DEADLOCK, 503 },
    { ERROR_UNCERTAIN, 503 },     { ERROR_LENGTH, 411 },           { ERROR_ADDRESS_LENGTH, 414 },
    { ERROR_HEADERS, 431 },
};

static void check_kind(enum error_kind kind, int status)
{
    struct error err;
    struct json *body = NULL;
    char id[ID_TEXT_MAX];
    begin();
    fail_param(&err, kind, "some_code", "messages[3]", "Words with \"quotes\" and é.");
    snprintf(err.log, sizeof err.log, "secret detail");
    text_add_c(&x->response.body, "half an answer");
    respond_problem(x, &err);
    is_number(x->response.status, status, "kind %d is status %d", kind, status);
    ok(json_parse(x->arena, text_str(&x->response.body), NULL, &body, &err) == 0 &&
           str_starts(str_of(x->response.content_type), "application/json"),
       "in JSON, whatever was written before");
    const struct json *error = json_member(body, "error");
    is_text(json_text(json_member(error, "message")).at, "Words with \"quotes\" and é.", "message");
    is_text(json_text(json_member(error, "code")).at, "some_code", "code");
    is_text(json_text(json_member(error, "param")).at, "messages[3]", "param");
    is_text(json_text(json_member(error, "request_id")).at, request_id_text(x->request.id, id),
            "request_id");
    ok(json_text(json_member(error, "type")).len > 0, "and a type");
    ok(!memmem(x->response.body.at, x->response.body.len, "secret", 6),
       "what is for the log is not for the client");
    is_text(x->response.detail, "secret detail", "but is in the log");
    end();
}

static void each_kind_has_its_status(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        check_kind(kinds[i].kind, kinds[i].status);
    is_number(sizeof kinds / sizeof *kinds, ERROR_UNCERTAIN, "no kind is missing here");
}

static void a_parameter_may_be_absent(void)
{
    struct error err, why;
    struct json *body = NULL;
    begin();
    fail(&err, ERROR_LIMIT, "insufficient_quota", "Used up.");
    err.type = "insufficient_quota";
    respond_problem(x, &err);
    ok(json_parse(x->arena, text_str(&x->response.body), NULL, &body, &why) == 0, "JSON");
    const struct json *error = json_member(body, "error");
    ok(json_member(error, "param") && json_member(error, "param")->type == JSON_NULL,
       "param is there, and null");
    is_text(json_text(json_member(error, "type")).at, "insufficient_quota",
            "an error's own type wins over its kind's");
    end();
}

static const struct json *told(struct error *err)
{
    struct error why;
    struct json *body = NULL;
    begin();
    respond_problem(x, err);
    ok(json_parse(x->arena, text_str(&x->response.body), NULL, &body, &why) == 0, "JSON");
    return json_member(json_member(body, "error"), "code");
}

static void a_providers_code_stands_for_ours(void)
{
    struct error err;
    fail(&err, ERROR_BAD_REQUEST, "invalid_request", "No.");
    err.has_told_code = 1;
    snprintf(err.told_code, sizeof err.told_code, "unsupported_value");
    is_text(json_text(told(&err)).at, "unsupported_value", "a client reads the provider's code");
    is_text(x->response.code, "invalid_request", "the log ours");
    end();
    err.told_code[0] = '\0';
    const struct json *code = told(&err);
    ok(code && code->type == JSON_NULL, "and null where the provider gave none");
    end();
}

static void say(enum error_kind kind, int retry_after_ms, int useless)
{
    struct error err;
    begin();
    fail(&err, kind, "code", "Words.");
    err.retry_after_ms = retry_after_ms;
    err.retry_useless = useless;
    respond_problem(x, &err);
}

static void clients_hear_whether_waiting_helps(void)
{
    say(ERROR_UNAVAILABLE, 2500, 0);
    ok(has("Retry-After: 3") && has("retry-after-ms: 2500"),
       "in whole seconds, rounded up, and in milliseconds");
    ok(!has("x-should-retry: false"), "and may retry");
    end();
    static const enum error_kind transient[] = { ERROR_UNAVAILABLE, ERROR_DEADLOCK,
                                                 ERROR_UNCERTAIN };
    for (size_t i = 0; i < 3; i++) {
        say(transient[i], 0, 0);
        ok(has("Retry-After: 1"), "a passing trouble of ours (%d) always says when", transient[i]);
        end();
    }
    say(ERROR_BAD_REQUEST, 0, 0);
    ok(!x->response.headers.len, "a bad request says nothing of the kind");
    end();
    say(ERROR_LIMIT, 0, 1);
    ok(has("x-should-retry: false") && !has("Retry-After: 1"), "a used up budget: do not retry");
    end();
    say(ERROR_UPSTREAM_BUSY, 61000, 0);
    ok(has("Retry-After: 61") && has("x-should-retry: false"),
       "a wait that no client would sit out: do not retry");
    end();
    say(ERROR_UPSTREAM_BUSY, 60000, 0);
    ok(!has("x-should-retry: false"), "a minute is sat out");
    end();
}

static void credentials_are_asked_for(void)
{
    say(ERROR_UNAUTHENTICATED, 0, 0);
    ok(has("WWW-Authenticate: Bearer"), "401 says what is wanted");
    end();
    say(ERROR_FORBIDDEN, 0, 0);
    ok(!has("WWW-Authenticate: Bearer"), "403 does not: another credential is not the matter");
    end();
}

int main(void)
{
    struct error err;
    log_open("/dev/null", &err);
    atomic_init(&house.config, &config);
    each_kind_has_its_status();
    a_parameter_may_be_absent();
    a_providers_code_stands_for_ours();
    clients_hear_whether_waiting_helps();
    credentials_are_asked_for();
    return done();
}
