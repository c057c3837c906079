/* Times a real stream through the web server: does each event arrive when it is made? */
#include "base/clock.h"
#include "doctor.h"
#include "files.h"
#include "gateway/sse.h"
#include "json/write.h"
#include "net/transfer.h"
#include "reach.h"

#define EVENTS_MAX      1000
#define GAPS_SHOWN      8
#define EVENT_MAX_BYTES ((size_t)1 << 20)
#define STREAM_MS       120000

struct stream {
    struct sse sse;
    int64_t began_ms, arrivals_ms[EVENTS_MAX];
    size_t count;
    int status;
    bool is_done, has_ended;
    enum transfer_end end;
};

static int on_event(void *self, const struct sse_event *event, struct error *err)
{
    (void)err;
    struct stream *stream = self;
    if (str_is(event->data, "[DONE]"))
        stream->is_done = true;
    else if (stream->count < EVENTS_MAX)
        stream->arrivals_ms[stream->count++] = clock_steady_ms() - stream->began_ms;
    return 0;
}

static void on_head(void *self, const struct http_head *head)
{
    ((struct stream *)self)->status = head->status;
}

static int on_take(void *self, struct str bytes)
{
    struct error ignored;
    struct stream *stream = self;
    return sse_feed(&stream->sse, bytes, on_event, stream, &ignored) ? -1 : 0;
}

static void on_end(void *self, enum transfer_end how, const char *detail_for_log)
{
    (void)detail_for_log;
    struct stream *stream = self;
    stream->end = how;
    stream->has_ended = true;
}

static struct str write_body(struct arena *arena, const char *model)
{
    struct text out = text_make(4096);
    struct json_writer *w = json_writer_new(arena, &out);
    json_object_open(w);
    if (model)
        json_c_member(w, "model", model);
    json_bool_member(w, "stream", true);
    json_bool_member(w, "store", false);
    json_integer_member(w, "max_tokens", 64);
    json_key(w, "messages");
    json_array_open(w);
    json_object_open(w);
    json_c_member(w, "role", "user");
    json_c_member(w, "content", "Count from one to twenty in words.");
    json_object_close(w);
    json_array_close(w);
    json_object_close(w);
    struct str body = arena_copy(arena, text_str(&out));
    text_free(&out);
    return body;
}

static int run_stream(const struct http_request *request, struct stream *stream, struct error *err)
{
    static const struct transfer_sink sink = { on_head, on_take, on_end };
    struct loop *loop;
    struct pool *pool;
    struct transfer *transfer;
    if (loop_new(&loop, err))
        return -1;
    int failed = pool_new(loop, &pool, err);
    if (!failed) {
        stream->began_ms = clock_steady_ms();
        failed = transfer_start(pool, request, &sink, stream, &transfer, err);
        while (!failed && !stream->has_ended)
            loop_run(loop, pool_tick(pool));
        pool_free(&pool);
    }
    loop_free(&loop);
    return failed;
}

static void say_gaps(struct doctor *doctor, const struct stream *stream)
{
    struct text gaps = text_make(1024);
    for (size_t i = 1; i < stream->count && i <= GAPS_SHOWN; i++)
        text_addf(&gaps, " %lld", (long long)(stream->arrivals_ms[i] - stream->arrivals_ms[i - 1]));
    const char *more = stream->count > GAPS_SHOWN + 1 ? " ..." : "";
    static const struct {
        enum health health;
        const char *words;
    } verdicts[] = {
        [FLOW_STREAMS] = { HEALTH_GOOD, "every event came when it was made" },
        [FLOW_BUFFERED] = { HEALTH_BAD, "all came at once: something in between buffers" },
        [FLOW_TOO_FAST] = { HEALTH_UNSURE, "too few or too fast to tell" },
    };
    enum flow flow = flow_judge(stream->arrivals_ms, stream->count);
    doctor_say(doctor, verdicts[flow].health, "stream",
               "%zu events, the first after %lld ms, then gaps of%s%s ms: %s", stream->count,
               (long long)(stream->count ? stream->arrivals_ms[0] : 0), gaps.len ? gaps.at : " no",
               more, verdicts[flow].words);
    text_free(&gaps);
}

static void report(struct doctor *doctor, const struct stream *stream)
{
    if (stream->status == 0)
        doctor_say(doctor, HEALTH_BAD, "stream", "the web server did not answer");
    else if (stream->status != 200)
        doctor_say(doctor, HEALTH_BAD, "stream", "the web server answered %d", stream->status);
    else if (stream->end != TRANSFER_COMPLETE || !stream->is_done)
        doctor_say(doctor, HEALTH_BAD, "stream", "it broke off after %zu events", stream->count);
    else
        say_gaps(doctor, stream);
}

int doctor_stream(struct doctor *doctor, const struct stream_request *request, struct error *err)
{
    struct arena *arena = doctor->cli->arena;
    const char *url;
    struct str token;
    if (file_read(arena, request->token_file, 8192 + 1, &token, err) ||
        reach_url(doctor->config, arena, request->url, &url, err))
        return -1;
    while (token.len > 0 && token.at[token.len - 1] <= ' ')
        token.len--;
    struct header headers[] = {
        { "Authorization", str_of(arena_printf(arena, "Bearer %.*s", STR_ARGS(token))) },
        { "Content-Type", STR("application/json") },
        { "Accept", STR("text/event-stream") },
    };
    struct http_request http = { .method = "POST",
                                 .url = arena_printf(arena, "%s/api/v1/chat", url),
                                 .headers = headers,
                                 .header_count = COUNT_OF(headers),
                                 .body = write_body(arena, request->model),
                                 .total_ms = STREAM_MS };
    struct stream *stream = arena_new_of(arena, struct stream);
    stream->sse = sse_make(EVENT_MAX_BYTES);
    int failed = run_stream(&http, stream, err);
    sse_free(&stream->sse);
    if (!failed)
        report(doctor, stream);
    return failed;
}
