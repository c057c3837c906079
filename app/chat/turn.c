/* Admits a turn: one transaction, then the request to its provider. The heart; read it first. */
#include "chat/turn.h"

#include "admission.h"
#include "spool_record.h"
#include "base/clock.h"
#include "db/db.h"

#define DEADLINE_GRACE_MS 60000

const char *turn_outcome_text(enum turn_outcome outcome)
{
    static const char *const texts[] = { "complete", "interrupted", "failed" };
    return texts[outcome];
}

static struct turn *turn_make(const struct admission *a)
{
    const struct turn_request *request = a->request;
    struct turn *turn = arena_new_of(a->arena, struct turn);
    turn->arena = a->arena;
    turn->scope = a->scope;
    turn->tenant = a->tenant;
    turn->model = request->model;
    turn->prices = prices_of(request->model);
    turn->id = turn_id_new();
    turn->stored = request->stored;
    turn->stream = request->stream;
    turn->show_usage = request->show_usage;
    turn->numbered = request->numbered;
    turn->total_ms = request->total_ms;
    turn->reply_bytes = request->reply_bytes;
    turn->started_unix_ms = clock_unix_ms();
    turn->started_ms = clock_steady_ms();
    turn->period = clock_period(turn->started_unix_ms);
    turn->first_ms = -1;
    turn->completion = (struct completion){ .stream = request->stream,
                                            .max_tokens = request->max_tokens,
                                            .max_tokens_renamed = request->max_tokens_renamed,
                                            .parameters = request->parameters };
    return turn;
}

struct turn_row turn_row_of(const struct turn *turn)
{
    return (struct turn_row){ .id = turn->id,
                              .conversation = turn->conversation,
                              .parent = turn->parent,
                              .answer = turn->answer,
                              .model = str_of(turn->model->name),
                              .provider = turn->model->upstream.id,
                              .period = turn->period,
                              .hold = turn->hold,
                              .started_ms = turn->started_unix_ms,
                              .deadline_ms =
                                  turn->started_unix_ms + turn->total_ms + DEADLINE_GRACE_MS,
                              .first_ms = -1 };
}

/* The spool's file is made before the commit: a turn row without a file would have to wait for its
 * deadline to be settled, a file without a row is simply removed. */
static int open_ledger(struct admission *a, struct db *db, struct error *err)
{
    struct turn *turn = a->turn;
    unsigned char bytes[SCOPE_SEALED_BYTES];
    scope_seal(a->chat->auth, turn->scope, bytes);
    struct str sealed = arena_copy(a->arena, (struct str){ (const char *)bytes, sizeof bytes });
    struct turn_row row = turn_row_of(turn);
    if (turn_open(turn->scope, db, &row, sealed, err) < 0 ||
        spool_create(a->chat->spool_dir, turn->scope, turn->id, &turn->spool, err) < 0)
        return -1;
    turn->place = spool_place(a->arena, turn);
    if (spool_append(turn->spool, SPOOL_HEADER, spool_header(a->arena, turn, sealed), err) < 0)
        return -1;
    return spool_append(turn->spool, SPOOL_PLACE, turn->place, err);
}

/* May run several times: whatever an earlier attempt made is thrown away. */
static int admit(struct db *db, void *arg, struct error *err)
{
    struct admission *a = arg;
    if (a->turn)
        spool_discard(&a->turn->spool);
    a->attempts++;
    a->turn = turn_make(a);
    if (admit_key(a, db, err) < 0)
        return -1;
    if (a->attached)
        return 0;
    if (admit_conversation(a, db, err) < 0 || admit_budget(a, db, err) < 0)
        return -1;
    return open_ledger(a, db, err) < 0 ? -1 : admit_hold(a, db, err);
}

/* The commit's outcome is unknown: the turn's row says. Where even that cannot be asked, the spool
 * stays, and recovery settles the turn if there is one. */
static int admitted_after_all(struct admission *a, struct db *db, struct error *err)
{
    struct turn_row row;
    struct error lookup = { 0 };
    if (err->kind != ERROR_UNCERTAIN)
        return -1;
    if (!a->attached && turn_find(a->scope, db, a->turn->id, a->arena, &row, &lookup) == 0)
        return 0;
    if (lookup.kind != ERROR_NOT_FOUND)
        spool_close(&a->turn->spool);
    fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database is not there right now.");
    err->retry_after_ms = 2000;
    return -1;
}

int turn_admit(const struct chat *chat, struct db *db, const struct tenant_scope *scope,
               const struct tenant *tenant, const struct turn_request *request, struct arena *arena,
               struct turn **out, struct turn_id *attach_out, struct error *err)
{
    struct admission a = {
        .chat = chat, .scope = scope, .tenant = tenant, .request = request, .arena = arena
    };
    if (db_transaction(db, admit, &a, err) < 0 && admitted_after_all(&a, db, err) < 0) {
        if (a.turn)
            spool_discard(&a.turn->spool);
        return -1;
    }
    *out = a.attached ? NULL : a.turn;
    *attach_out = a.attach;
    return 0;
}

int turn_call(struct turn *turn, struct error *err)
{
    const struct provider_kind *kind = turn->model->upstream.kind;
    char id[ID_TEXT_MAX];
    turn->records = records_make(kind->framing, (size_t)turn->reply_bytes);
    turn->decoder =
        (struct decoder){ .kind = kind,
                          .upstream = &turn->model->upstream,
                          .completion = &turn->completion,
                          .id = arena_printf(turn->arena, "%s", turn_id_text(turn->id, id)),
                          .created = turn->started_unix_ms / 1000 };
    turn->body = text_make((size_t)turn->reply_bytes);
    turn->content = text_make((size_t)turn->reply_bytes);
    turn->scratch = arena_new((size_t)turn->reply_bytes * 4);
    if (kind->write_request(&turn->model->upstream, &turn->completion, turn->arena, &turn->call,
                            err) < 0) {
        turn_stop(turn, TURN_FAILED, err->kind, err->code, err->message);
        turn->error = *err;
        return -1;
    }
    turn->call.total_ms = turn->total_ms;
    return 0;
}
