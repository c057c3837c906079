/* Takes a provider's answer apart while it comes: decode, spool, remember, hand on. */
#include "chat/turn.h"

#include "base/clock.h"
#include "turn_spool.h"

/* One call's working set: who gets the events. */
struct taking {
    struct turn *turn;
    const struct turn_sink *sink;
    void *self;
};

static void turn_fail(struct turn *turn, const struct error *err)
{
    if (turn->over)
        return;
    turn->over = true;
    turn->outcome = err->kind == ERROR_NONE ? TURN_COMPLETE : TURN_FAILED;
    turn->error = *err;
    provider_hide(turn->upstream, &turn->error);
}

void turn_stop(struct turn *turn, enum turn_outcome outcome, enum error_kind kind, const char *code,
               const char *words)
{
    struct error err;
    fail(&err, kind, code, "%s", words);
    turn_fail(turn, &err);
    turn->outcome = outcome;
}

/* A ping is no progress, nor is an event that means nothing to us: who sends nothing else is
 * silent. */
static bool says_something(const struct decoded *decoded)
{
    return decoded->chunk.at || decoded->output_bytes || decoded->usage.known || decoded->end;
}

static void remember(struct turn *turn, const struct decoded *decoded)
{
    turn->record_count++;
    if (turn->first_ms < 0) {
        struct breaker_rules rules = breaker_rules_of(turn->house);
        int64_t now_ms = clock_steady_ms();
        turn->first_ms = now_ms - turn->started_ms;
        breaker_tell(turn->upstream->id, &rules, now_ms, BREAKER_ANSWERED);
    }
    spoken_take(&turn->spoken, decoded, turn->arena, turn->scratch);
    turn->output_bytes += (int64_t)decoded->output_bytes;
    if (decoded->usage.known) {
        turn->usage = decoded->usage;
        spool_usage(turn);
    }
    turn->end_mark = turn->end_mark || decoded->end;
}

/* Spooled before it is sent: what a client saw is always a prefix of what is stored. */
static int hand_on(struct taking *t, struct str chunk, bool usage_only)
{
    if (!chunk.at || (usage_only && !t->turn->show_usage))
        return 0;
    turn_spool(t->turn, SPOOL_EVENT, chunk);
    return t->sink->event(t->self, ++t->turn->events, chunk);
}

/* One record of a provider's may be several chunks of OpenAI's. */
static int hand_on_all(struct taking *t, const struct decoded *decoded)
{
    int status = hand_on(t, decoded->chunk, decoded->usage_only);
    for (const struct decoded_chunk *c = decoded->more; c && status == 0; c = c->next)
        status = hand_on(t, c->json, c->usage_only);
    return status;
}

static int take_event(void *self, const struct sse_event *event, struct error *err)
{
    struct taking *t = self;
    struct turn *turn = t->turn;
    if (turn->end_mark)
        return 0; /* bytes behind the end mark mean nothing */
    struct decoded decoded = { 0 };
    int status = turn->decoder.kind->decode_event(&turn->decoder, event->name, event->data,
                                                  turn->scratch, &decoded, err);
    if (status == 0 && says_something(&decoded)) {
        remember(turn, &decoded);
        status = hand_on_all(t, &decoded);
    }
    arena_reset(turn->scratch); /* a stream that waits for its next event holds no memory for it */
    return status;
}

static bool is_error_head(const struct turn *turn)
{
    return turn->head.status >= 300 ||
           (turn->stream && !records_are(turn->records.framing, turn->head.content_type));
}

void turn_head(struct turn *turn, const struct http_head *head)
{
    turn->head = *head;
    /* The head's text belongs to the transfer; the turn outlives it. */
    turn->head.content_type =
        arena_copy(turn->arena, str_of(head->content_type ? head->content_type : "")).at;
    turn->has_head = true;
}

static void fail_too_long(struct error *err)
{
    fail(err, ERROR_UPSTREAM, "upstream_bad_response", "The provider's answer is too long.");
}

int turn_take(struct turn *turn, struct str bytes, const struct turn_sink *sink, void *self)
{
    struct error err = { 0 };
    struct taking t = { turn, sink, self };
    turn->taken_bytes += (int64_t)bytes.len;
    if (turn->over)
        return -1;
    if (turn->taken_bytes > turn->limits.reply_bytes) {
        fail_too_long(&err);
        turn_fail(turn, &err);
        return -1;
    }
    if (!turn->stream || is_error_head(turn)) {
        text_add(&turn->body, bytes);
        return 0;
    }
    int status = records_feed(&turn->records, bytes, take_event, &t, &err);
    if (status < 0 && err.kind != ERROR_NONE)
        turn_fail(turn, &err);
    return turn->over ? -1 : 0;
}

static void fail_transfer(struct turn *turn, enum transfer_end how, const char *detail)
{
    struct error err;
    switch (how) {
    case TRANSFER_TIMEOUT:
        fail(&err, ERROR_UPSTREAM_TIMEOUT, "upstream_timeout", "The provider took too long.");
        break;
    case TRANSFER_NO_CONNECTION:
    case TRANSFER_FORBIDDEN:
        fail(&err, ERROR_UPSTREAM, "upstream_unavailable", "The provider could not be reached.");
        err.retry_useless = how == TRANSFER_FORBIDDEN;
        break;
    default:
        fail(&err, ERROR_UPSTREAM, "upstream_truncated",
             "upstream closed the stream before it was complete");
    }
    error_note(&err, "%s", detail ? detail : "");
    turn_fail(turn, &err);
}

static void end_error_head(struct turn *turn)
{
    struct error err = { 0 };
    turn->decoder.kind->error_of(&turn->head, text_str(&turn->body), turn->scratch, &err);
    turn_fail(turn, &err);
}

static void end_stream(struct taking *t, enum transfer_end how, const char *detail)
{
    struct turn *turn = t->turn;
    struct error err = { 0 };
    if (how == TRANSFER_COMPLETE && records_end(&turn->records, take_event, t, &err) < 0 &&
        err.kind != ERROR_NONE) {
        turn_fail(turn, &err);
        return;
    }
    const struct decoder *d = &turn->decoder;
    bool finished = d->choices_seen && d->choices_done == d->choices_seen;
    if (!d->choices_seen && turn->end_mark) {
        fail(&err, ERROR_UPSTREAM, "upstream_bad_response", "The provider answered nothing.");
        turn_fail(turn, &err);
    } else if (turn->end_mark || finished)
        turn_fail(turn, &err); /* kind none: complete */
    else
        fail_transfer(turn, how, detail);
}

static void end_body(struct turn *turn, enum transfer_end how, const char *detail)
{
    struct error err = { 0 };
    struct decoded decoded = { 0 };
    if (how != TRANSFER_COMPLETE) {
        fail_transfer(turn, how, detail);
        return;
    }
    if (provider_read_body(&turn->decoder, &turn->head, text_str(&turn->body), turn->scratch,
                           &decoded, &err) == 0) {
        struct str body = arena_copy(turn->scratch, decoded.chunk); /* it may lie in turn->body */
        remember(turn, &decoded);
        text_clear(&turn->body);
        text_add(&turn->body, body);
        if (turn->body.over) /* the same said at greater length */
            fail_too_long(&err);
        else
            turn_spool(turn, SPOOL_BODY, body);
    }
    turn_fail(turn, &err);
}

void turn_end(struct turn *turn, enum transfer_end how, const char *detail,
              const struct turn_sink *sink, void *self)
{
    struct taking t = { turn, sink, self };
    arena_reset(turn->scratch);
    if (turn->over)
        return;
    if (!turn->has_head)
        fail_transfer(turn, how, detail);
    else if (is_error_head(turn))
        end_error_head(turn);
    else if (turn->stream)
        end_stream(&t, how, detail);
    else
        end_body(turn, how, detail);
}

void turn_free(struct turn *turn)
{
    spool_close(&turn->spool);
    records_free(&turn->records);
    text_free(&turn->body);
    spoken_free(&turn->spoken);
    arena_free(&turn->scratch);
    arena_free(&turn->request);
}
