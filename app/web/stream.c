/* Writes a turn's answer to its client, for the relay and the ledger. */
#include "web/stream.h"

#include "respond.h"
#include "turn_start.h"

#define HEAD_MAX_BYTES 65536
#define LAST_MAX_BYTES (64 << 20)

/* Both doors say which turn this is: an OpenAI client can resume it too. */
static void turn_headers(struct exchange *x)
{
    char id[ID_TEXT_MAX];
    if (x->follow)
        respond_header(x, "X-Insula-Turn", turn_id_text(x->follow->turn, id));
    if (!x->turn)
        return;
    respond_header(x, "X-Insula-Turn", turn_id_text(x->turn->id, id));
    if (x->turn->stored)
        respond_header(x, "X-Insula-Conversation", conversation_id_text(x->turn->conversation, id));
}

static const char *turn_text(const struct exchange *x)
{
    char id[ID_TEXT_MAX];
    return arena_printf(x->arena, "%s", turn_id_text(x->turn ? x->turn->id : x->follow->turn, id));
}

/* Who resumes behind an event has heard already where the turn is kept. */
static struct str place_of(const struct exchange *x)
{
    if (x->turn)
        return x->turn->place;
    return x->follow->resumed ? STR("") : text_str(&x->follow->place);
}

/* The time within the turn's id is what a follower knows too. */
static struct voice *voice_of(struct exchange *x)
{
    if (!x->voice) {
        const struct model *model = x->asked ? x->asked->model : NULL;
        struct turn_id turn = x->turn ? x->turn->id : x->follow->turn;
        x->voice = voice_new(x->door, x->arena, turn_text(x), (int64_t)uuid_unix_ms(turn.v) / 1000,
                             model ? model->name : NULL);
        x->voice->asked = x->body;
        x->voice->reckoning.tokens_in = x->asked ? turn_prompt_counted(x->asked) : 0;
        x->voice->place = place_of(x);
    }
    return x->voice;
}

/* What is told at the end is what the row says. */
static struct voice *reckoned(struct exchange *x)
{
    const struct turn_row *charged = x->turn ? &x->turn->charged : &x->follow->charged;
    struct voice *voice = voice_of(x);
    voice->reckoning = (struct reckoning){ .tokens_in = charged->tokens_in,
                                           .tokens_cached = charged->tokens_cached,
                                           .tokens_out = charged->tokens_out,
                                           .tokens_reasoning = charged->tokens_reasoning,
                                           .first_ms = charged->first_ms,
                                           .total_ms = charged->total_ms };
    return voice;
}

static void say(struct exchange *x, struct said said)
{
    if (said.count)
        client_send(&x->client, said.pieces, said.count);
}

/* The last words and the end of the response leave in one write. */
static void say_last(struct exchange *x, struct said said)
{
    struct text last = text_make(LAST_MAX_BYTES);
    for (size_t i = 0; i < said.count; i++)
        text_add(&last, said.pieces[i]);
    client_finish(&x->client, text_str(&last));
    text_free(&last);
}

void stream_open(struct exchange *x)
{
    if (x->head_sent)
        return;
    x->head_sent = true;
    x->response.status = 200;
    x->response.content_type = x->door->stream_type;
    turn_headers(x);
    struct text out = text_make(HEAD_MAX_BYTES);
    respond_head(x, &out);
    text_add_c(&out, "Cache-Control: no-cache, no-store\r\nX-Accel-Buffering: no\r\n\r\n");
    struct str head = text_str(&out);
    client_send(&x->client, &head, 1);
    text_free(&out);
    say(x, x->door->open(voice_of(x)));
}

void stream_event(struct exchange *x, uint64_t id, struct str data)
{
    stream_open(x);
    say(x, x->door->event(voice_of(x), id, data));
}

void stream_ping(struct exchange *x)
{
    stream_open(x);
    say(x, x->door->ping(voice_of(x)));
}

void stream_done(struct exchange *x)
{
    stream_open(x);
    say_last(x, x->door->done(reckoned(x)));
}

void stream_broken(struct exchange *x, const struct error *err)
{
    stream_open(x);
    struct problem problem = problem_of(x, err);
    say_last(x, x->door->broken(voice_of(x), &problem));
    x->response.code = err->code;
}

static void body_answer(struct exchange *x, struct str completion)
{
    struct said said = x->door->body(reckoned(x), completion);
    turn_headers(x);
    text_clear(&x->response.body);
    for (size_t i = 0; i < said.count; i++)
        text_add(&x->response.body, said.pieces[i]);
    respond_json(x, 200);
    respond_send(x);
}

static void broken_answer(struct exchange *x, const struct error *err)
{
    if (x->head_sent) {
        stream_broken(x, err);
        return;
    }
    turn_headers(x);
    respond_problem(x, err);
    respond_send(x);
}

void turn_answer(struct exchange *x, const struct error *unsettled_or_null)
{
    const struct turn *turn = x->turn;
    if (unsettled_or_null)
        broken_answer(x, unsettled_or_null);
    else if (turn->error.kind != ERROR_NONE)
        broken_answer(x, &turn->error);
    else if (turn->stream)
        stream_done(x);
    else
        body_answer(x, text_str(&turn->body));
}

/* A turn that was not streamed has its answer as a whole. */
static void follow_done(struct exchange *x)
{
    struct str body = text_str(&x->follow->body);
    if (body.len && x->door->hears_bodies)
        stream_event(x, 1, body);
    stream_done(x);
}

void follow_answer(struct exchange *x)
{
    const struct follow *follow = x->follow;
    if (follow->state == FOLLOW_BROKEN)
        broken_answer(x, &follow->error);
    else if (x->follow_stream)
        follow_done(x);
    else
        body_answer(x, text_str(&follow->body));
}
