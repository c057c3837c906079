/* A turn fed with a provider's bytes by hand: what the client sees, what is stored, and how it
 * ends, the same however the bytes are cut. */
#include "spool_place.h"

#include "base/clock.h"
#include "base/codec.h"
#include "chat/turn.h"

#define EVENT(data) "data: " data "\n\n"
#define DELTA(text)                                                                                \
    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"       \
    "\"" text "\"},\"finish_reason\":null}]}"
#define FINISH "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"
#define USAGE                                                                                      \
    "{\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}"
#define DONE EVENT("[DONE]")

static struct http_head stream_head = { .status = 200, .content_type = "text/event-stream" };

/* What a client was shown. */
struct seen {
    char chunks[4096];
    uint64_t last_id;
    int events, wrong_ids, stop_at;
};

static int on_event(void *self, uint64_t id, struct str data)
{
    struct seen *seen = self;
    size_t len = strlen(seen->chunks);
    snprintf(seen->chunks + len, sizeof seen->chunks - len, "%.*s\n", STR_ARGS(data));
    seen->wrong_ids += id != seen->last_id + 1;
    seen->last_id = id;
    return ++seen->events == seen->stop_at ? -1 : 0;
}

static const struct turn_sink sink = { on_event };
static struct model model;
static struct model_route route;
static const struct tenant house_of;
static const struct upstream_config called = {
    .total_ms = 1000, .reply_bytes = 20000, .attempts = 1, .connect_ms = 100
};

static void turn_begin(struct turn *turn, struct arena *own, bool stream, bool show_usage)
{
    static struct prompt_message message = { .role = "user", .content = { "Hi", 2 } };
    *turn = (struct turn){ .arena = own,
                           .model = &model,
                           .tenant = &house_of,
                           .house = &called,
                           .started_ms = clock_steady_ms(),
                           .stream = stream,
                           .show_usage = show_usage,
                           .total_ms = 1000,
                           .first_ms = -1,
                           .completion = {
                               .messages = &message, .message_count = 1, .stream = stream } };
    attempts_plan(&turn->attempts, own, &model, turn->id);
    if (turn_call(turn, &err) < 0)
        ok(0, "the request could not be written: %s", err.message);
}

struct outcome {
    struct seen seen;
    enum turn_outcome outcome;
    enum error_kind kind;
    char code[64], words[512], content[512], body[2048];
    int64_t output_bytes, first_ms;
    struct usage usage;
    bool over, end_mark;
};

static struct outcome outcome_of(const struct turn *turn, const struct seen *seen)
{
    struct outcome o = { .seen = *seen,
                         .outcome = turn->outcome,
                         .kind = turn->error.kind,
                         .output_bytes = turn->output_bytes,
                         .first_ms = turn->first_ms,
                         .usage = turn->usage,
                         .over = turn->over,
                         .end_mark = turn->end_mark };
    snprintf(o.code, sizeof o.code, "%s", o.kind == ERROR_NONE ? "" : turn->error.code);
    snprintf(o.words, sizeof o.words, "%s", o.kind == ERROR_NONE ? "" : turn->error.message);
    snprintf(o.content, sizeof o.content, "%s", text_str(&turn->spoken.content).at);
    snprintf(o.body, sizeof o.body, "%s", text_str(&turn->body).at);
    return o;
}

/* Bytes cut at `cut`, then the end of the body. */
static struct outcome fed(bool show_usage, const char *bytes, size_t cut, enum transfer_end how)
{
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    size_t len = strlen(bytes);
    turn_begin(&turn, own, true, show_usage);
    turn_head(&turn, &stream_head);
    if (turn_take(&turn, (struct str){ bytes, cut }, &sink, &seen) == 0)
        (void)turn_take(&turn, (struct str){ bytes + cut, len - cut }, &sink, &seen);
    turn_end(&turn, turn.over ? TRANSFER_STOPPED : how, "detail", &sink, &seen);
    struct outcome o = outcome_of(&turn, &seen);
    turn_free(&turn);
    arena_free(&own);
    return o;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return !strcmp(a->seen.chunks, b->seen.chunks) && a->seen.events == b->seen.events &&
           a->outcome == b->outcome && a->kind == b->kind && !strcmp(a->code, b->code) &&
           !strcmp(a->content, b->content) && a->output_bytes == b->output_bytes &&
           a->usage.known == b->usage.known && a->usage.tokens_out == b->usage.tokens_out &&
           a->over == b->over && a->end_mark == b->end_mark;
}

/* The whole, and cut at every byte. */
static struct outcome stream(const char *what, bool show_usage, const char *bytes,
                             enum transfer_end how)
{
    static struct outcome whole, part;
    size_t len = strlen(bytes), differ = 0;
    whole = fed(show_usage, bytes, 0, how);
    for (size_t cut = 1; cut <= len; cut++) {
        part = fed(show_usage, bytes, cut, how);
        differ += !same(&whole, &part);
    }
    is_number((long long)differ, 0, "%s: the same cut at every byte", what);
    is_number(whole.seen.wrong_ids, 0, "%s: event ids count from 1", what);
    ok(whole.over, "%s: it is over", what);
    return whole;
}

static const char whole_answer[] =
    EVENT(DELTA("Hel")) EVENT(DELTA("lo")) EVENT(FINISH) EVENT(USAGE) DONE;

static void a_complete_answer(void)
{
    struct outcome o = stream("usage hidden", false, whole_answer, TRANSFER_COMPLETE);
    is_text(o.seen.chunks, DELTA("Hel") "\n" DELTA("lo") "\n" FINISH "\n",
            "chunks pass verbatim; usage that nobody asked for does not, nor does [DONE]");
    ok(o.outcome == TURN_COMPLETE && o.kind == ERROR_NONE && o.end_mark, "complete");
    is_text(o.content, "Hello", "its text is kept");
    is_number(o.output_bytes, 5, "and counted");
    ok(o.usage.known && o.usage.tokens_in == 7 && o.usage.tokens_out == 2,
       "usage is known even where it is hidden");
    ok(o.first_ms >= 0, "the first event's time is known");
    o = stream("usage shown", true, whole_answer, TRANSFER_COMPLETE);
    is_text(o.seen.chunks, DELTA("Hel") "\n" DELTA("lo") "\n" FINISH "\n" USAGE "\n",
            "who asked for usage sees it");
    o = stream("comments", false, ": hi\n\n" EVENT(DELTA("x")) ": ping\n\n" EVENT(FINISH) DONE,
               TRANSFER_COMPLETE);
    is_number(o.seen.events, 2, "comments are no events");
}

static void ends(void)
{
    struct outcome o =
        stream("no end mark", false, EVENT(DELTA("x")) EVENT(FINISH), TRANSFER_COMPLETE);
    ok(o.outcome == TURN_COMPLETE, "a finished answer whose end mark is missing is complete");
    o = stream("no finish", false, EVENT(DELTA("x")) DONE, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_COMPLETE, "so is one with an end mark and no finish");
    o = stream("done without a blank line", false, EVENT(DELTA("x")) "data: [DONE]",
               TRANSFER_COMPLETE);
    ok(o.outcome == TURN_COMPLETE && o.end_mark, "an end mark may be the body's last line");
    o = stream("behind the end", false,
               EVENT(DELTA("x")) EVENT(FINISH) DONE EVENT(DELTA("y")) EVENT("garbage"),
               TRANSFER_COMPLETE);
    ok(o.outcome == TURN_COMPLETE && !strcmp(o.content, "x") && o.seen.events == 2,
       "what comes behind the end mark means nothing");
    o = stream("a late break", false, EVENT(DELTA("x")) EVENT(FINISH) DONE, TRANSFER_CUT);
    ok(o.outcome == TURN_COMPLETE, "nor does how the connection ends then");
    o = stream("a break after the finish", false, EVENT(DELTA("x")) EVENT(FINISH), TRANSFER_CUT);
    ok(o.outcome == TURN_COMPLETE, "nor behind the last choice's end");
    o = stream("nothing but the mark", false, DONE, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_bad_response"),
       "an end mark alone is no answer");
}

static void truncations(void)
{
    struct outcome o = stream("cut", false, EVENT(DELTA("Hel")) "data: {\"id\"", TRANSFER_CUT);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_truncated"), "a broken stream failed");
    is_text(o.content, "Hel", "what came is kept");
    o = stream("regular end, unfinished", false, EVENT(DELTA("Hel")), TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_truncated"),
       "so did one that ends regularly without an end");
    o = stream("nothing", false, "", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && o.first_ms == -1, "and one without a word");
    o = stream("timeout", false, EVENT(DELTA("Hel")), TRANSFER_TIMEOUT);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_timeout") &&
           o.kind == ERROR_UPSTREAM_TIMEOUT,
       "one that took too long");
    ok(!strstr(o.words, "detail"), "curl's words are not for the client");
    o = stream(
        "two choices", false,
        EVENT("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":"
              "\"stop\"},{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":null}]}"),
        TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED, "each choice must have ended");
}

static void errors_and_garbage(void)
{
    struct outcome o =
        stream("an error event", false,
               EVENT(DELTA("Hel")) EVENT("{\"error\":{\"message\":\"secret words\","
                                         "\"type\":\"server_error\"}}") EVENT(DELTA("lo")) DONE,
               TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_error") && o.kind == ERROR_UPSTREAM,
       "an error in the stream fails the turn");
    ok(!strstr(o.words, "secret") && !strstr(o.seen.chunks, "secret"),
       "without a word of the provider's");
    is_text(o.content, "Hel", "and ends it there");
    o = stream("garbage", false, EVENT(DELTA("Hel")) EVENT("no JSON"), TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_bad_response"),
       "garbage fails it too");
    is_number(o.seen.events, 1, "and is not passed on");
    o = stream("garbage in one piece with an end", false, EVENT("[]") DONE, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED, "whatever follows");
}

static void a_client_that_stops(void)
{
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { .stop_at = 1 };
    turn_begin(&turn, own, true, false);
    turn_head(&turn, &stream_head);
    (void)turn_take(&turn, str_of(EVENT(DELTA("a")) EVENT(DELTA("b"))), &sink, &seen);
    is_number(seen.events, 1, "a sink that says stop is not called again");
    turn_stop(&turn, TURN_INTERRUPTED, ERROR_UPSTREAM, "cancelled", "The turn was cancelled.");
    ok(turn.over && turn.outcome == TURN_INTERRUPTED && !strcmp(turn.error.code, "cancelled"),
       "we end a turn with an outcome and a code");
    ok(turn_take(&turn, STR("data: x"), &sink, &seen) == -1, "then it takes nothing more");
    turn_end(&turn, TRANSFER_COMPLETE, NULL, &sink, &seen);
    ok(turn.outcome == TURN_INTERRUPTED && !strcmp(turn.error.code, "cancelled"),
       "and a later end changes nothing");
    turn_free(&turn);
    arena_free(&own);
}

/* What the relay's clock for silence goes by. */
static void signs_of_life_are_no_progress(void)
{
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    route.upstream.kind = provider_kind_find("anthropic");
    turn_begin(&turn, own, true, false);
    turn_head(&turn, &stream_head);
    (void)turn_take(&turn, str_of("event: ping\ndata: {\"type\": \"ping\"}\n\n: comment\n\n"),
                    &sink, &seen);
    ok(turn.record_count == 0 && turn.first_ms == -1, "neither a ping nor a comment is an event");
    (void)turn_take(&turn,
                    str_of("event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
                           "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n"),
                    &sink, &seen);
    ok(turn.record_count == 1 && turn.first_ms >= 0, "the first that says something is");
    turn_free(&turn);
    route.upstream.kind = provider_kind_find("openai");
    arena_free(&own);
}

static void too_much(void)
{
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    int status = 0, pieces = 0;
    turn_begin(&turn, own, true, false);
    turn_head(&turn, &stream_head);
    for (; status == 0 && pieces < 10000; pieces++)
        status = turn_take(&turn, STR(EVENT(DELTA("Hello"))), &sink, &seen);
    ok(status == -1 && turn.over && turn.outcome == TURN_FAILED &&
           !strcmp(turn.error.code, "upstream_bad_response"),
       "an answer over the limit fails (%d pieces)", pieces);
    ok(pieces * (int)sizeof(EVENT(DELTA("Hello"))) < 21000, "right there");
    turn_free(&turn);
    arena_reset(own);

    char line[4097];
    memset(line, 'x', 4096);
    line[4096] = '\0';
    turn_begin(&turn, own, true, false);
    turn_head(&turn, &stream_head);
    for (status = 0, pieces = 0; status == 0 && pieces < 100; pieces++)
        status = turn_take(&turn, str_of(line), &sink, &seen);
    ok(status == -1 && turn.outcome == TURN_FAILED, "so does a line without end");
    turn_free(&turn);
    arena_free(&own);
}

/* An answer that is not streamed, or an error instead of one: collected, judged at its end. */
static struct outcome body(bool streamed, int status, const char *type, const char *bytes,
                           enum transfer_end how)
{
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    struct http_head head = { .status = status, .content_type = type, .retry_after_ms = 3000 };
    size_t len = strlen(bytes);
    turn_begin(&turn, own, streamed, false);
    turn_head(&turn, &head);
    for (size_t i = 0; i < len; i++)
        (void)turn_take(&turn, (struct str){ bytes + i, 1 }, &sink, &seen);
    turn_end(&turn, how, "detail", &sink, &seen);
    struct outcome o = outcome_of(&turn, &seen);
    turn_free(&turn);
    arena_free(&own);
    return o;
}

#define JSON_TYPE "application/json"
static const char completion[] =
    "{ \"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hello\"},"
    "\"finish_reason\":\"stop\"}],\n\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}";

/* Vectors of so many floats, which came as base64 and are wanted as numbers. */
static struct outcome vectors(size_t floats)
{
    static const struct embedding embedding = { .count = 1, .tokens = 3 };
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    float *list = arena_array_of(own, float, floats);
    for (size_t i = 0; i < floats; i++)
        list[i] = 1.2345678f;
    struct str base64 =
        base64_encode(own, (struct str){ (const char *)list, floats * sizeof *list });
    const char *bytes =
        arena_printf(own, "{\"data\":[{\"embedding\":\"%.*s\"}]}", STR_ARGS(base64));
    turn_begin(&turn, own, false, false);
    turn.completion.embedding = &embedding;
    turn_head(&turn, &(struct http_head){ .status = 200, .content_type = JSON_TYPE });
    (void)turn_take(&turn, str_of(bytes), &sink, &seen);
    turn_end(&turn, TRANSFER_COMPLETE, NULL, &sink, &seen);
    struct outcome o = outcome_of(&turn, &seen);
    turn_free(&turn);
    arena_free(&own);
    return o;
}

static void embeddings(void)
{
    struct outcome o = vectors(2);
    ok(o.outcome == TURN_COMPLETE && strstr(o.body, "[1.23456776,1.23456776]"),
       "vectors are a turn's answer");
    ok(o.usage.known && o.usage.counted && o.usage.tokens_in == 3,
       "and counted where nobody told how many tokens");
    o = vectors(2500);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_bad_response"),
       "what grows too long by being said in numbers is refused");
}

static void whole_bodies(void)
{
    struct outcome o = body(false, 200, JSON_TYPE, completion, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_COMPLETE && o.over, "a whole answer is complete");
    is_text(o.body, completion, "passed on as it came");
    is_text(o.content, "Hello", "its text is kept");
    ok(o.usage.known && o.usage.tokens_in == 7, "its usage known");
    is_number(o.seen.events, 0, "and it is no event");
    o = body(false, 200, JSON_TYPE, "{\"choices\":[]}", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_bad_response"),
       "no choice, no answer");
    o = body(false, 200, JSON_TYPE, "<html>", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_bad_response"), "garbage");
    o = body(false, 200, JSON_TYPE, "{\"choices\":", TRANSFER_CUT);
    ok(o.outcome == TURN_FAILED && !strcmp(o.code, "upstream_truncated"), "half of one");
    o = body(false, 200, JSON_TYPE, completion, TRANSFER_CUT);
    ok(o.outcome == TURN_FAILED, "one whose connection broke is not trusted");
}

static void error_heads(void)
{
    struct outcome o =
        body(true, 429, JSON_TYPE, "{\"error\":{\"message\":\"secret\"}}", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && o.kind == ERROR_LIMIT && !strcmp(o.code, "rate_limit_exceeded"),
       "a provider's error keeps its meaning");
    ok(!strstr(o.words, "secret"), "not its words");
    o = body(true, 500, "text/html", "<html>", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && o.kind == ERROR_UPSTREAM, "a failure");
    o = body(true, 200, JSON_TYPE, completion, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED, "JSON where a stream was asked for is no answer");
    o = body(true, 302, "text/html", "", TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED, "nor is a redirect");
    o = body(true, 302, "text/event-stream", whole_answer, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED && o.seen.events == 0, "whatever it holds");
    o = body(false, 302, JSON_TYPE, completion, TRANSFER_COMPLETE);
    ok(o.outcome == TURN_FAILED, "streamed or not");
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    struct seen seen = { 0 };
    turn_begin(&turn, own, true, false);
    turn_end(&turn, TRANSFER_NO_CONNECTION, "refused", &sink, &seen);
    ok(turn.outcome == TURN_FAILED && !strcmp(turn.error.code, "upstream_unavailable") &&
           !strstr(turn.error.message, "refused"),
       "no connection");
    turn_free(&turn);
    arena_free(&own);
}

/* What is in the spool is what was shown, and before it was shown. */
static const char *spooled(uint32_t tenant, struct turn_id id)
{
    struct spool_reader *reader = spool_open_reader(tenant, id);
    char *all = arena_printf(arena, "%s", "");
    enum spool_kind kind;
    struct str payload;
    while (spool_next(reader, &kind, &payload) == 1)
        all = arena_printf(arena, "%s%c:%.*s\n", all, kind, STR_ARGS(payload));
    spool_reader_close(&reader);
    return all;
}

static struct turn_id spooled_id;
static int not_spooled;

static int on_spooled_event(void *self, uint64_t id, struct str data)
{
    (void)self;
    (void)id;
    not_spooled += !strstr(spooled(1, spooled_id), arena_copy(arena, data).at);
    return 0;
}

static void the_spool_has_it_first(void)
{
    static const struct turn_sink checking = { on_spooled_event };
    struct arena *own = arena_new(1 << 20);
    struct turn turn;
    spooled_id = turn_id_new();
    turn_begin(&turn, own, true, false);
    turn.spool = spool_open_new(1, spooled_id);
    turn_head(&turn, &stream_head);
    (void)turn_take(&turn, str_of(whole_answer), &checking, NULL);
    turn_end(&turn, TRANSFER_COMPLETE, NULL, &checking, NULL);
    turn_leave(&turn);
    is_number(not_spooled, 0, "an event is in the spool before the client has it");
    const char *all = spooled(1, spooled_id);
    ok(str_starts(str_of(all), "E:" DELTA("Hel") "\nE:" DELTA("lo") "\nE:" FINISH "\nU:{"),
       "events as they were shown, then the usage");
    ok(strstr(all, "\nR:{\"outcome\":\"complete\",\"code\":\"\"") != NULL, "then the result");
    ok(!strstr(all, "S:"), "but not that it was settled: that is the ledger's to say");
    turn_free(&turn);
    ok(access(arena_printf(arena, "%s/1", spool_dir), F_OK) == 0, "the file stays");
    arena_free(&own);
}

int main(void)
{
    spool_place_make();
    route.upstream = (struct upstream){ .kind = provider_kind_find("openai"),
                                        .base_url = "http://127.0.0.1:9/v1",
                                        .model = "m" };
    model = (struct model){ .name = "m", .routes = &route, .route_count = 1 };
    a_complete_answer();
    ends();
    truncations();
    errors_and_garbage();
    a_client_that_stops();
    signs_of_life_are_no_progress();
    too_much();
    whole_bodies();
    embeddings();
    error_heads();
    the_spool_has_it_first();
    spool_place_remove();
    return done();
}
