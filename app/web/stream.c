/* Writes a turn's answer to its client, for the relay and the ledger. */
#include "web/stream.h"

#include "json/write.h"
#include "respond.h"

#define FRAME_MAX_BYTES (16 << 20)

static void id_header(struct exchange *x, const char *name, const char *text)
{
    respond_header(x, name, text);
}

/* Both doors say which turn this is: an OpenAI client can resume it too. */
static void turn_headers(struct exchange *x)
{
    char id[ID_TEXT_MAX];
    if (x->follow)
        id_header(x, "X-Insula-Turn", turn_id_text(x->follow->turn, id));
    if (!x->turn)
        return;
    id_header(x, "X-Insula-Turn", turn_id_text(x->turn->id, id));
    if (x->turn->stored)
        id_header(x, "X-Insula-Conversation", conversation_id_text(x->turn->conversation, id));
}

static void conversation_members(struct json_writer *w, const struct turn *turn)
{
    char id[ID_TEXT_MAX];
    json_c_member(w, "turn_id", turn_id_text(turn->id, id));
    if (!turn->stored)
        return;
    json_c_member(w, "conversation_id", conversation_id_text(turn->conversation, id));
    json_c_member(w, "parent_id", message_id_text(turn->parent, id));
    json_c_member(w, "message_id", message_id_text(turn->answer, id));
}

static struct str conversation_json(struct exchange *x)
{
    struct text json = text_make(4096);
    struct json_writer *w = json_writer_new(x->arena, &json);
    json_object_open(w);
    conversation_members(w, x->turn);
    json_c_member(w, "model", x->turn->model->name);
    json_object_close(w);
    struct str copy = arena_copy(x->arena, text_str(&json));
    text_free(&json);
    return copy;
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
    if (x->turn && x->turn->numbered)
        text_addf(&out, "event: conversation\ndata: %.*s\n\n", STR_ARGS(conversation_json(x)));
    client_send(&x->client, text_str(&out));
    text_free(&out);
}

static bool is_numbered(const struct exchange *x)
{
    return x->follow || x->turn->numbered;
}

void stream_event(struct exchange *x, uint64_t id, struct str data)
{
    stream_open(x);
    char small[4096];
    char number[32] = "";
    if (is_numbered(x))
        snprintf(number, sizeof number, "id: %llu\n", (unsigned long long)id);
    int n = snprintf(small, sizeof small, "%sdata: %.*s\n\n", number, STR_ARGS(data));
    if ((size_t)n < sizeof small && (size_t)n == strlen(number) + 6 + data.len + 2) {
        client_send(&x->client, (struct str){ small, (size_t)n });
        return;
    }
    struct text out = text_make(FRAME_MAX_BYTES);
    text_addf(&out, "%sdata: ", number);
    text_add(&out, data);
    text_add_c(&out, "\n\n");
    client_send(&x->client, text_str(&out));
    text_free(&out);
}

void stream_ping(struct exchange *x)
{
    stream_open(x);
    client_send(&x->client, STR(": ping\n\n"));
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
static void body_answer(struct exchange *x)
{
    struct str body = text_str(&x->turn->body);
    turn_headers(x);
    text_clear(&x->response.body);
    if (x->turn->numbered && body.len && body.at[0] == '{') {
        text_addf(&x->response.body, "{\"conversation\":%.*s,", STR_ARGS(conversation_json(x)));
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
        body_answer(x);
}

void follow_answer(struct exchange *x)
{
    const struct follow *follow = x->follow;
    struct error err;
    if (follow->state == FOLLOW_BROKEN) {
        fail(&err, ERROR_UPSTREAM, "upstream_error", "%s",
             follow->message[0] ? follow->message : "The answer was interrupted.");
        err.code = follow->code;
        broken_answer(x, &err);
    } else if (x->follow_stream)
        stream_done(x);
    else {
        text_add(&x->response.body, text_str(&follow->body));
        respond_json(x, 200);
        respond_send(x);
    }
}
