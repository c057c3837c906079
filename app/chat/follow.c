/* Reads along a turn's spool, for clients that come back and for those who poll. */
#include "chat/follow.h"

#include "base/clock.h"
#include "db/db.h"
#include "json/read.h"

#define OVERDUE_MS      30000 /* recovery settles a turn that is past its deadline within seconds */
#define BODY_MAX_BYTES  (64 << 20)
#define PLACE_MAX_BYTES 16384

static void follow_close(void *thing)
{
    struct follow *follow = thing;
    spool_reader_close(&follow->reader);
    text_free(&follow->place);
    text_free(&follow->body);
}

/* Only the owner may read: the row is looked up under the scope before the file is. */
int follow_open(const struct chat *chat, const struct tenant_scope *scope, struct db *db,
                struct turn_id turn, uint64_t after, struct arena *arena, struct follow **out,
                struct error *err)
{
    struct turn_row row;
    if (turn_find(scope, db, turn, arena, &row, err) < 0)
        return -1;
    struct follow *follow = arena_new_of(arena, struct follow);
    *follow = (struct follow){ .turn = turn,
                               .at = after,
                               .resumed = after > 0,
                               .until_unix_ms = row.deadline_ms + OVERDUE_MS,
                               .place = text_make(PLACE_MAX_BYTES),
                               .body = text_make(BODY_MAX_BYTES) };
    if (spool_read(chat->spool_dir, scope, turn, &follow->reader, err) < 0)
        return err->kind == ERROR_NOT_FOUND
                   ? fail(err, ERROR_GONE, "stream_gone",
                          "The stream is no longer kept; its answer is in the conversation.")
                   : -1;
    arena_defer(arena, follow_close, follow);
    *out = follow;
    return 0;
}

static void copy_member(const struct json *record, const char *key, char *out, size_t size)
{
    snprintf(out, size, "%.*s", STR_ARGS(json_text(json_member(record, key))));
}

static void take_error(struct follow *follow, const struct json *record)
{
    struct error *err = &follow->error;
    int64_t kind = json_integer(json_member(record, "kind"), ERROR_UPSTREAM);
    bool is_known = kind > ERROR_NONE && kind <= ERROR_UNCERTAIN;
    copy_member(record, "code", follow->code, sizeof follow->code);
    copy_member(record, "type", follow->type, sizeof follow->type);
    fail(err, is_known ? (enum error_kind)kind : ERROR_UPSTREAM, "interrupted", "%.*s",
         STR_ARGS(json_text(json_member(record, "message"))));
    err->code = follow->code[0] ? follow->code : err->code;
    err->type = follow->type[0] ? follow->type : NULL;
    copy_member(record, "param", err->param, sizeof err->param);
    err->has_told_code = json_member(record, "told_code") != NULL;
    copy_member(record, "told_code", err->told_code, sizeof err->told_code);
    err->retry_after_ms = (int)json_integer(json_member(record, "retry_after_ms"), 0);
    const struct json *useless = json_member(record, "retry_useless");
    err->retry_useless = useless && useless->boolean;
}

static void take_charge(struct turn_row *charged, const struct json *record)
{
    charged->tokens_in = json_integer(json_member(record, "in"), 0);
    charged->tokens_cached = json_integer(json_member(record, "cached"), 0);
    charged->tokens_out = json_integer(json_member(record, "out"), 0);
    charged->tokens_reasoning = json_integer(json_member(record, "reasoning"), 0);
    charged->first_ms = json_integer(json_member(record, "first_ms"), -1);
    charged->total_ms = json_integer(json_member(record, "total_ms"), 0);
}

static void take_settled(struct follow *follow, struct str payload)
{
    struct arena *arena = arena_new(1 << 16);
    struct json *record = NULL;
    struct error ignored;
    bool is_read = json_parse(arena, payload, NULL, &record, &ignored) == 0;
    bool complete = is_read && str_is(json_text(json_member(record, "outcome")), "complete");
    follow->state = complete ? FOLLOW_DONE : FOLLOW_BROKEN;
    if (complete)
        take_charge(&follow->charged, record);
    else
        take_error(follow, record);
    arena_free(&arena);
}

static void break_off(struct follow *follow, const char *code, const char *words)
{
    follow->state = FOLLOW_BROKEN;
    fail(&follow->error, ERROR_UNAVAILABLE, code, "%s", words);
    follow->error.retry_after_ms = 5000;
}

void follow_give_up(struct follow *follow)
{
    break_off(follow, "spool_unavailable",
              "The stream cannot be read on; what there is of its answer is in the conversation.");
}

int follow_read(struct follow *follow, const struct turn_sink *sink, void *self)
{
    enum spool_kind kind;
    struct str payload;
    int status = 1;
    while (follow->state == FOLLOW_LIVE &&
           (status = spool_next(follow->reader, &kind, &payload)) == 1) {
        if (kind == SPOOL_SETTLED)
            take_settled(follow, payload);
        else if (kind == SPOOL_PLACE)
            text_add(&follow->place, payload);
        else if (kind == SPOOL_BODY)
            text_add(&follow->body, payload);
        else if (kind == SPOOL_EVENT && ++follow->seen > follow->at) {
            follow->at = follow->seen;
            if (sink->event(self, follow->at, payload) < 0)
                return -1;
        }
    }
    if (status < 0)
        follow_give_up(follow);
    else if (follow->state == FOLLOW_LIVE && clock_unix_ms() > follow->until_unix_ms)
        break_off(follow, "not_settled",
                  "The answer could not be stored yet; it will be, and can be read later.");
    return 0;
}
