/* Writes a turn's answer to its client, for the relay and the ledger. */
#include "web/stream.h"

#include "respond.h"

#define FRAME_MAX_BYTES (16 << 20)

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

/* Is the answer in our own door's form: numbered events, and where the turn is kept? */
static bool is_numbered(const struct exchange *x)
{
    return x->follow ? x->follow_numbered : x->turn->numbered;
}

static struct str place_of(const struct exchange *x)
{
    return x->follow ? text_str(&x->follow->place) : x->turn->place;
}

/* Who resumes behind an event has heard it already. */
static bool wants_place(const struct exchange *x)
{
    return is_numbered(x) && place_of(x).len && !(x->follow && x->follow->resumed);
}

void stream_open(struct exchange *x)
{
    if (x->head_sent)
        return;
    x->head_sent = true;
    x->response.status = 200;
    x->response.content_type = "text/event-stream; charset=utf-8";
    turn_headers(x);
    struct text out = text_make(FRAME_MAX_BYTES);
    respond_head(x, &out);
    text_add_c(&out, "Cache-Control: no-cache, no-store\r\nX-Accel-Buffering: no\r\n\r\n");
    if (wants_place(x))
        text_addf(&out, "event: conversation\ndata: %.*s\n\n", STR_ARGS(place_of(x)));
    struct str head = text_str(&out);
    client_send(&x->client, &head, 1);
    text_free(&out);
}

void stream_event(struct exchange *x, uint64_t id, struct str data)
{
    stream_open(x);
    char number[32] = "";
    if (is_numbered(x))
        snprintf(number, sizeof number, "id: %llu\n", (unsigned long long)id);
    const struct str parts[] = { str_of(number), STR("data: "), data, STR("\n\n") };
    client_send(&x->client, parts, sizeof parts / sizeof *parts);
}

void stream_ping(struct exchange *x)
{
    stream_open(x);
    client_send(&x->client, &STR(": ping\n\n"), 1);
}

void stream_done(struct exchange *x)
{
    stream_open(x);
    client_finish(&x->client, STR("data: [DONE]\n\n"));
}

void stream_broken(struct exchange *x, const struct error *err)
{
    stream_open(x);
    struct text out = text_make(8192);
    text_add_c(&out, "data: ");
    problem_write(x, err, &out);
    text_add_c(&out, "\n\n");
    client_finish(&x->client, text_str(&out));
    text_free(&out);
    x->response.code = err->code;
}

/* The provider's object verbatim; on our own door its first member is where it was kept. */
static void body_answer(struct exchange *x, struct str body)
{
    turn_headers(x);
    text_clear(&x->response.body);
    if (wants_place(x) && body.len && body.at[0] == '{') {
        text_addf(&x->response.body, "{\"conversation\":%.*s,", STR_ARGS(place_of(x)));
        body = (struct str){ body.at + 1, body.len - 1 };
    }
    text_add(&x->response.body, body);
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

void follow_answer(struct exchange *x)
{
    const struct follow *follow = x->follow;
    if (follow->state == FOLLOW_BROKEN)
        broken_answer(x, &follow->error);
    else if (x->follow_stream)
        stream_done(x);
    else
        body_answer(x, text_str(&follow->body));
}
