/* From request to answer: collects the body, asks for an answer, sends its pieces at their times.
 */
#include "exchange.h"

#include "control.h"
#include "decide.h"
#include "record.h"
#include "sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct exchange {
    struct sleeper sleeper; /* first: its wake finds the exchange */
    struct MHD_Connection *connection;
    struct buffer body;
    char key[256];
    long long number;
    struct key_record *record; /* NULL: a request to /control */
    struct answer *answer;
    bool head_waited;
    struct buffer piece;
    size_t piece_sent;
};

static void wake_exchange(struct sleeper *sleeper)
{
    MHD_resume_connection(((struct exchange *)sleeper)->connection);
}

static int socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void suspend(struct exchange *x, int64_t delay_ms)
{
    sleep_start(&x->sleeper, socket_of(x->connection), delay_ms);
    MHD_suspend_connection(x->connection);
}

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static void read_key(struct exchange *x)
{
    const char *key = header(x, "Authorization");
    if (key && strncasecmp(key, "Bearer ", 7) == 0)
        key += 7;
    if (!key)
        key = header(x, "x-api-key");
    if (!key)
        key = header(x, "api-key");
    if (!key)
        key = header(x, "x-goog-api-key");
    snprintf(x->key, sizeof x->key, "%s", key ? key : "");
}

static enum MHD_Result add_value_json(void *out, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    struct buffer *json = out;
    if (json->len > 1)
        buffer_addf(json, ",");
    buffer_add_json(json, name, strlen(name));
    buffer_addf(json, ":");
    buffer_add_json(json, value ? value : "", value ? strlen(value) : 0);
    return MHD_YES;
}

static void add_values_json(const struct exchange *x, enum MHD_ValueKind kind, struct buffer *out)
{
    buffer_addf(out, "{");
    MHD_get_connection_values(x->connection, kind, add_value_json, out);
    buffer_addf(out, "}");
}

/* Whether a question carries a header or a parameter. */
static bool carries(const void *exchange, const char *name)
{
    const struct exchange *x = exchange;
    return header(x, name) ||
           MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

static struct answer *decide_answer(const struct server *server, const struct exchange *x,
                                    const char *method, const char *url)
{
    const struct request request = { .key = x->key,
                                     .method = method,
                                     .path = url,
                                     .body = x->body.at,
                                     .carries = carries,
                                     .self = x };
    struct script script;
    script_default(&script);
    script.delay_ms = server->delay_ms;
    return decide(&request, server->fixtures, &script);
}

static void begin(const struct server *server, struct exchange *x, const char *method,
                  const char *url)
{
    read_key(x);
    struct buffer headers = { 0 }, query = { 0 };
    add_values_json(x, MHD_HEADER_KIND, &headers);
    add_values_json(x, MHD_GET_ARGUMENT_KIND, &query);
    buffer_add(&x->body, "", 0);
    x->number = record_request(x->key, method, url, query.at, headers.at, x->body.at);
    buffer_free(&headers);
    buffer_free(&query);
    x->record = record_key(x->key);
    x->record->calls++;
    x->record->open++;
    x->answer = decide_answer(server, x, method, url);
}

/* No end of the body, no orderly close: what the other side sees is a connection reset. */
static void reset_connection(const struct exchange *x)
{
    struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
    connect(socket_of(x->connection), &nowhere, sizeof nowhere);
}

/* A reset would take along what the other side has not acknowledged. */
static bool has_unsent(const struct exchange *x)
{
    int bytes = 0;
    return ioctl(socket_of(x->connection), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

static ssize_t read_piece(void *exchange, uint64_t position, char *out, size_t max)
{
    struct exchange *x = exchange;
    (void)position;
    if (x->sleeper.gone)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    while (x->piece_sent == x->piece.len) {
        int delay_ms;
        x->piece_sent = 0;
        enum answer_step step = answer_next(x->answer, &x->piece, &delay_ms);
        if (step == ANSWER_END)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (step == ANSWER_RESET && has_unsent(x)) {
            suspend(x, 2);
            return 0;
        }
        if (step == ANSWER_RESET) {
            reset_connection(x);
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (step == ANSWER_STALL || delay_ms > 0) {
            suspend(x, step == ANSWER_STALL ? -1 : delay_ms);
            return 0;
        }
    }
    size_t n = x->piece.len - x->piece_sent;
    n = n < max ? n : max;
    memcpy(out, x->piece.at + x->piece_sent, n);
    x->piece_sent += n;
    return (ssize_t)n;
}

static enum MHD_Result send_answer(struct exchange *x)
{
    const struct answer *answer = x->answer;
    if (answer->hang_up || x->sleeper.gone)
        return MHD_NO;
    uint64_t size = answer->streamed ? MHD_SIZE_UNKNOWN : answer->whole.len;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, 16384, read_piece, x, NULL);
    if (!response)
        return MHD_NO;
    for (int i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    enum MHD_Result done = MHD_queue_response(x->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return done;
}

enum MHD_Result exchange_handle(void *server, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_bytes, void **exchange)
{
    (void)version;
    struct exchange *x = *exchange;
    if (!x) {
        x = must(calloc(1, sizeof *x));
        x->sleeper.wake = wake_exchange;
        x->connection = connection;
        *exchange = x;
        return MHD_YES;
    }
    if (*upload_bytes) {
        buffer_add(&x->body, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (strncmp(url, "/control", 8) == 0)
        return control_handle(server, connection, method, url, x->body.at);
    if (!x->answer)
        begin(server, x, method, url);
    if (x->answer->script.silent_ms && !x->head_waited) {
        x->head_waited = true;
        suspend(x, x->answer->script.silent_ms);
        return MHD_YES;
    }
    return send_answer(x);
}

void exchange_finished(void *server, struct MHD_Connection *connection, void **exchange,
                       enum MHD_RequestTerminationCode why)
{
    (void)server;
    (void)connection;
    struct exchange *x = *exchange;
    if (!x)
        return;
    if (x->record) {
        struct key_record *k = x->record;
        bool ended = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;
        /* What we cut ourselves is not the client's leaving. */
        bool left = !ended && (x->sleeper.gone || why != MHD_REQUEST_TERMINATED_WITH_ERROR);
        k->open--;
        k->completed += ended;
        k->chunks += x->answer->chunks_said;
        k->prompt_tokens += x->answer->question.prompt_tokens;
        k->completion_tokens += x->answer->chunks_said;
        k->aborted += left;
        if (left)
            record_abort(x->key, x->number,
                         x->sleeper.gone ? x->sleeper.gone_unix_ms : unix_ms_now(),
                         x->answer->chunks_said);
    }
    answer_free(x->answer);
    buffer_free(&x->body);
    buffer_free(&x->piece);
    free(x);
    *exchange = NULL;
}

void connection_noticed(void *server, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode what)
{
    (void)connection;
    (void)context;
    ((struct server *)server)->connections += what == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
}
