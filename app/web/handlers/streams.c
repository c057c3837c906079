/* Coming back to a turn: resume as events, poll as JSON, cancel. From any worker. */
#include "handlers.h"

#include "json/write.h"

static int turn_of_path(const struct exchange *x, struct turn_id *out, struct error *err)
{
    if (turn_id_parse(x->params[0], out))
        return 0;
    return fail(err, ERROR_NOT_FOUND, "turn_not_found", "There is no such turn.");
}

static int after_read(struct exchange *x, uint64_t *out, struct error *err)
{
    struct str header = x->request.last_event_id;
    long long after = 0;
    if (request_query_number(&x->request, "after", x->arena, 0, INT64_MAX, 0, &after, err) < 0)
        return -1;
    if (header.at && !str_to_number(header, INT64_MAX, &after))
        return fail_param(err, ERROR_BAD_REQUEST, "invalid_value", "Last-Event-ID",
                          "Last-Event-ID must be the number of an event of this stream.");
    *out = (uint64_t)after;
    return 0;
}

static int write_event(void *self, uint64_t id, struct str data)
{
    struct json_writer *w = self;
    json_object_open(w);
    json_integer_member(w, "id", (int64_t)id);
    json_raw_member(w, "data", data);
    json_object_close(w);
    return 0;
}

/* {"events": [...], "done": …, "error": …}: what came behind `after`, and whether more may come. */
static int poll_answer(struct exchange *x)
{
    static const struct turn_sink sink = { write_event };
    struct follow *follow = x->follow;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_key(w, "events");
    json_array_open(w);
    follow_read(follow, &sink, w);
    json_array_close(w);
    json_bool_member(w, "done", follow->state != FOLLOW_LIVE);
    json_key(w, "error");
    if (follow->state == FOLLOW_BROKEN) {
        json_object_open(w);
        json_c_member(w, "code", follow->error.code);
        json_c_member(w, "message", follow->error.message);
        json_object_close(w);
    } else
        json_put_null(w);
    json_raw_member(w, "body", follow->body.len ? text_str(&follow->body) : (struct str){ 0 });
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}

int stream_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct turn_id turn;
    uint64_t after = 0;
    if (turn_of_path(x, &turn, err) < 0 || after_read(x, &after, err) < 0 ||
        follow_open(&x->house->chat, scope, x->db, turn, after, x->arena, &x->follow, err) < 0)
        return -1;
    if (!request_accepts_events(&x->request))
        return poll_answer(x);
    x->follow_stream = true;
    x->next = NEXT_FOLLOW;
    return 0;
}

int stream_cancel(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    struct turn_id turn;
    struct turn_row row;
    char id[ID_TEXT_MAX];
    if (turn_of_path(x, &turn, err) < 0 || turn_find(scope, x->db, turn, x->arena, &row, err) < 0)
        return -1;
    if (!row.settled && spool_cancel(x->house->chat.spool_dir, scope, turn, err) < 0)
        return -1;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "turn_id", turn_id_text(turn, id));
    json_c_member(w, "state", row.settled ? "settled" : "cancelling");
    json_object_close(w);
    respond_json(x, 202);
    return 0;
}
