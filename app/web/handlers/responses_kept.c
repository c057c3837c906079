/* Coming back to a response: as an object, as a stream behind any of its events, to cancel or
 * delete it. */
#include "handlers.h"

#include "chat/forget.h"
#include "door/responses.h"
#include "responses_kept.h"
#include "store/messages.h"

#include <time.h>

#define CANCEL_TRIES    20 /* how often one looks whether a response has ended that was told to, */
#define CANCEL_PAUSE_MS 50

int response_of_path(struct exchange *x, const struct tenant_scope *scope, struct kept *out,
                     struct error *err)
{
    struct response_id id;
    if (!response_id_parse(x->params[0], &id))
        return fail(err, ERROR_NOT_FOUND, "response_not_found", "There is no such response.");
    struct turn_id turn = { id.v };
    if (response_find(scope, x->db, turn, x->arena, &out->response, err) < 0)
        return -1;
    return turn_find(scope, x->db, turn, x->arena, &out->turn, err);
}

static struct reckoning reckoning_of(const struct turn_row *row)
{
    return (struct reckoning){ .tokens_in = row->tokens_in,
                               .tokens_cached = row->tokens_cached,
                               .tokens_out = row->tokens_out,
                               .tokens_reasoning = row->tokens_reasoning };
}

/* It speaks by the settings that were kept; who resumes has heard what came before. */
static void find_voice(struct exchange *x, const struct kept *kept, int64_t heard)
{
    char id[ID_TEXT_MAX];
    struct json *settings = NULL;
    struct error ignored;
    if (json_parse(x->arena, kept->response.settings, NULL, &settings, &ignored) < 0)
        settings = NULL;
    x->voice = voice_new(
        x->door, x->arena, arena_printf(x->arena, "%s", turn_id_text(kept->turn.id, id)),
        (int64_t)uuid_unix_ms(kept->turn.id.v) / 1000, arena_copy(x->arena, kept->turn.model).at);
    x->voice->asked = settings;
    x->voice->heard = heard;
    x->voice->reckoning = reckoning_of(&kept->turn);
}

/* ---- from the spool, while it is kept ---- */

static int hear(void *self, uint64_t id, struct str chunk)
{
    struct exchange *x = self;
    x->door->event(x->voice, id, chunk);
    return 0;
}

static void say(struct exchange *x, struct said said)
{
    for (size_t i = 0; i < said.count; i++)
        text_add(&x->response.body, said.pieces[i]);
}

static void answer_object(struct exchange *x, bool is_over, const struct problem *problem)
{
    text_clear(&x->response.body);
    say(x, responses_object(x->voice, is_over, problem));
    respond_json(x, 200);
}

static void answer_from_spool(struct exchange *x)
{
    static const struct turn_sink sink = { hear };
    struct follow *follow = x->follow;
    follow_read(follow, &sink, x);
    if (follow->state == FOLLOW_DONE) /* the row was read a moment before */
        x->voice->reckoning = reckoning_of(&follow->charged);
    if (follow->body.len)
        x->door->event(x->voice, 1, text_str(&follow->body));
    struct problem problem = problem_of(x, &follow->error);
    answer_object(x, follow->state != FOLLOW_LIVE,
                  follow->state == FOLLOW_BROKEN ? &problem : NULL);
    x->follow = NULL;
}

/* ---- from the conversation, afterwards ---- */

static struct problem problem_kept(const struct kept *kept)
{
    return (struct problem){ .status = 502,
                             .type = "upstream_error",
                             .code = kept->turn.code.len ? kept->turn.code.at : NULL,
                             .message = "The answer did not come to its end." };
}

/* The answer as the one event that it would have been. */
static struct str completion_of(struct exchange *x, const struct message *answer)
{
    struct text json = text_make(64 << 20);
    struct json_writer *w = json_writer_new(x->arena, &json);
    json_object_open(w);
    json_key(w, "choices");
    json_array_open(w);
    json_object_open(w);
    json_key(w, "message");
    if (answer->parts.len)
        json_put_raw(w, answer->parts);
    else {
        json_object_open(w);
        json_text_member(w, "content", answer->content);
        json_object_close(w);
    }
    json_text_member(w, "finish_reason", answer->code);
    json_object_close(w);
    json_array_close(w);
    json_object_close(w);
    struct str completion = arena_copy(x->arena, text_str(&json));
    text_free(&json);
    return completion;
}

static void answer_stream(struct exchange *x, struct str completion, const struct problem *problem)
{
    text_clear(&x->response.body);
    say(x, x->door->open(x->voice));
    say(x, x->door->event(x->voice, 1, completion));
    say(x, problem ? x->door->broken(x->voice, problem) : x->door->done(x->voice));
    respond_json(x, 200);
    x->response.content_type = x->door->stream_type;
}

static int answer_from_words(struct exchange *x, const struct tenant_scope *scope,
                             const struct kept *kept, bool stream, struct error *err)
{
    struct message answer = { .content = STR(""), .code = STR("") };
    struct problem problem = problem_kept(kept);
    bool is_complete = !kept->turn.settled || str_is(kept->turn.outcome, "complete");
    if (kept->turn.settled && message_find(scope, x->db, kept->turn.conversation, kept->turn.answer,
                                           x->arena, &answer, err) < 0)
        return -1;
    struct str completion = completion_of(x, &answer);
    if (stream && kept->turn.settled) {
        answer_stream(x, completion, is_complete ? NULL : &problem);
        return 0;
    }
    x->door->event(x->voice, 1, completion);
    answer_object(x, kept->turn.settled, is_complete ? NULL : &problem);
    return 0;
}

/* ---- the addresses ---- */

/* What a client sends along with `stream`, and what changes nothing here. */
static int wish_read(struct exchange *x, bool *stream, long long *heard, struct error *err)
{
    if (request_query_bool(&x->request, "stream", x->arena, stream, err) < 0 ||
        request_query_number(&x->request, "starting_after", x->arena, 0, INT64_MAX, -1, heard,
                             err) < 0)
        return -1;
    if (*heard >= 0 && !*stream)
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_query", "starting_after",
                          "starting_after needs stream=true.");
    return 0;
}

static int answer_response(struct exchange *x, const struct tenant_scope *scope,
                           const struct kept *kept, bool stream, int64_t heard, struct error *err)
{
    int status =
        follow_open(&x->house->chat, scope, x->db, kept->turn.id, 0, x->arena, &x->follow, err);
    if (status < 0 && err->kind != ERROR_GONE)
        return -1;
    find_voice(x, kept, stream ? heard : INT64_MAX);
    if (status < 0)
        return answer_from_words(x, scope, kept, stream, err);
    if (stream) {
        x->follow_stream = true;
        x->next = NEXT_FOLLOW;
    } else
        answer_from_spool(x);
    return 0;
}

int responses_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct kept kept;
    bool stream = false;
    long long heard = -1;
    if (wish_read(x, &stream, &heard, err) < 0 || response_of_path(x, scope, &kept, err) < 0)
        return -1;
    return answer_response(x, scope, &kept, stream, heard, err);
}

/* Its worker ends it within moments; whoever asks hears of the end, if it comes. */
int responses_cancel(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    const struct timespec pause = { .tv_nsec = CANCEL_PAUSE_MS * 1000000L };
    struct kept kept;
    if (response_of_path(x, scope, &kept, err) < 0)
        return -1;
    if (!kept.turn.settled && spool_cancel(x->house->chat.spool_dir, scope, kept.turn.id, err) < 0)
        return -1;
    for (int i = 0; !kept.turn.settled && i < CANCEL_TRIES; i++) {
        nanosleep(&pause, NULL);
        if (turn_find(scope, x->db, kept.turn.id, x->arena, &kept.turn, err) < 0)
            return -1;
    }
    return answer_response(x, scope, &kept, false, -1, err);
}

int responses_delete(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct kept kept;
    char id[ID_TEXT_MAX];
    if (response_of_path(x, scope, &kept, err) < 0 ||
        response_forget(scope, x->db, kept.turn.id, err) < 0)
        return -1;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "id", response_id_text((struct response_id){ kept.turn.id.v }, id));
    json_c_member(w, "object", "response");
    json_bool_member(w, "deleted", true);
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
