/* Settles what died: spool files without a worker, open turns without a machine. Run by every
 * ledger thread every few seconds; who gets a file's lock settles it. */
#include "chat/recovery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "platform/lookup.h"
#include "spool_record.h"

#define SETTLING_MS  2000 /* a file younger than this may not have its lock yet */
#define OVERDUE_MANY 100

struct recovery {
    const struct chat *chat;
    struct db *db;
    int settled;
    struct error *err;
    bool failed;
};

static void mark_settled(struct spool *spool, struct arena *arena, const struct turn_row *row)
{
    struct error lost = { 0 }, ignored;
    if (!str_is(row->outcome, "complete"))
        fail(&lost, ERROR_UPSTREAM, "interrupted", "The answer was interrupted.");
    (void)!spool_append(spool, SPOOL_SETTLED, settled_record(arena, row, &lost), &ignored);
}

/* The file was made, the commit never came: nobody owes anything. */
static bool was_admitted(struct recovery *r, const struct spooled *s, struct arena *arena,
                         struct turn_row *row)
{
    return turn_find(s->settlement.scope, r->db, s->settlement.row.id, arena, row, r->err) == 0;
}

static void fill_interrupted(struct turn_row *row, int64_t started_ms, int64_t changed_unix_ms)
{
    row->outcome = STR("interrupted");
    row->code = STR("worker_lost");
    row->total_ms = changed_unix_ms > started_ms ? changed_unix_ms - started_ms : 0;
}

/* Who was asked last is who answered, or did not. */
static void fill_attempts(struct spooled *s, struct arena *arena)
{
    struct turn_row *row = &s->settlement.row;
    struct attempt *last = s->attempt_count ? &s->attempts[s->attempt_count - 1] : NULL;
    if (last) {
        last->code = row->code;
        row->model = last->model;
        row->provider = last->provider;
    }
    row->attempts = attempts_json(arena, s->attempts, s->attempt_count);
}

/* Only the header's scope is sealed: what was held, for whom and where is the row's to say. */
static void fill_settlement(struct spooled *s, const struct turn_row *row,
                            const struct spool_orphan *file, struct arena *arena)
{
    struct turn_row end = s->settlement.row; /* outcome, code and times, as the turn left them */
    if (!s->has_result)
        fill_interrupted(&end, row->started_ms, file->changed_unix_ms);
    s->settlement.row = *row;
    s->settlement.row.outcome = end.outcome;
    s->settlement.row.code = end.code;
    s->settlement.row.first_ms = end.first_ms;
    s->settlement.row.total_ms = end.total_ms;
    s->settlement.content = text_str(&s->spoken.content);
    if (str_is(end.outcome, "complete"))
        settlement_keep(&s->settlement, &s->spoken, arena);
    fill_attempts(s, arena);
    settlement_price(&s->settlement, s->prices, &s->usage, s->prompt_tokens, s->output_bytes);
}

static int settle_spooled(struct recovery *r, struct spooled *s, const struct spool_orphan *file,
                          struct spool *spool, struct arena *arena)
{
    struct turn_row row;
    if (!was_admitted(r, s, arena, &row)) {
        if (r->err->kind != ERROR_NOT_FOUND)
            return -1;
        spool_remove(r->chat->spool_dir, file);
        return 0;
    }
    fill_settlement(s, &row, file, arena);
    if (settle_batch(r->db, &s->settlement, 1, r->err) < 0)
        return -1;
    mark_settled(spool, arena, &s->settlement.row);
    r->settled += !s->settlement.already;
    return 0;
}

static int recover_file(struct recovery *r, const struct spool_orphan *file, struct spool *spool,
                        struct spool_reader *reader)
{
    struct arena *arena = arena_new(64 << 20);
    struct spooled s;
    int status = 0;
    if (spooled_read(reader, arena, &s, r->err) < 0)
        log_event(LOG_ALARM, "spool.unreadable", "%s", r->err->log); /* kept for another time */
    else if (s.records == 0) /* its writer died before the header, so before the commit */
        spool_remove(r->chat->spool_dir, file);
    else if (!s.sealed_scope.at ||
             scope_open(r->chat->auth, s.sealed_scope, arena, &s.settlement.scope, r->err) < 0 ||
             scope_tenant(s.settlement.scope).v != file->tenant.v ||
             !turn_id_equal(s.settlement.row.id, file->turn))
        log_event(LOG_ALARM, "spool.foreign",
                  "a spool file does not belong where it lies"); /* kept */
    else
        status = settle_spooled(r, &s, file, spool, arena);
    spoken_free(&s.spoken);
    arena_free(&arena);
    return status;
}

/* A database that is away ends the pass; a turn that cannot be settled must not stop the others. */
static int judge(struct recovery *r, int status)
{
    if (status == 0)
        return 0;
    enum error_kind kind = r->err->kind;
    r->failed = kind == ERROR_UNAVAILABLE || kind == ERROR_UNCERTAIN || kind == ERROR_DEADLOCK;
    if (!r->failed)
        log_event(LOG_ALARM, "turn.unsettled", "%s",
                  r->err->log[0] ? r->err->log : r->err->message);
    return r->failed ? -1 : 0;
}

/* A file from the future is of before the clock was set back, so it is not new. */
static bool is_new(const struct spool_orphan *file)
{
    int64_t age_ms = clock_unix_ms() - file->changed_unix_ms;
    return age_ms >= 0 && age_ms < SETTLING_MS;
}

static int consider(void *self, const struct spool_orphan *file)
{
    struct recovery *r = self;
    struct spool *spool;
    struct spool_reader *reader;
    if (is_new(file))
        return 0;
    if (spool_adopt(r->chat->spool_dir, file, &spool, &reader, r->err) < 0 || !spool)
        return 0;
    int status = recover_file(r, file, spool, reader);
    spool_reader_close(&reader);
    spool_close(&spool);
    return judge(r, status);
}

/* A worker may still hold the whole answer and wait for the database. */
static bool is_held(const struct recovery *r, const struct tenant_scope *scope, struct turn_id turn)
{
    struct spool_reader *reader;
    struct error ignored;
    if (spool_read(r->chat->spool_dir, scope, turn, &reader, &ignored) < 0)
        return false;
    bool is_live = spool_is_live(reader);
    spool_reader_close(&reader);
    return is_live;
}

/* Nothing is left but the row: the whole hold is charged, and the row says so. */
static int settle_overdue(struct recovery *r, const struct overdue_turn *overdue,
                          struct arena *arena)
{
    struct settlement s = { 0 };
    if (scope_open(r->chat->auth, overdue->scope, arena, &s.scope, r->err) < 0) {
        log_event(LOG_ALARM, "turn.foreign", "an open turn's sealed scope does not open");
        return 0;
    }
    if (is_held(r, s.scope, overdue->turn))
        return 0;
    if (turn_find(s.scope, r->db, overdue->turn, arena, &s.row, r->err) < 0)
        return -1;
    s.row.outcome = STR("interrupted");
    s.row.code = STR("machine_lost");
    s.row.attempts = attempts_json(arena, NULL, 0);
    s.row.usage_source = str_of(usage_source_text(USAGE_ESTIMATED));
    s.row.cost = s.row.hold;
    s.row.first_ms = -1;
    s.row.total_ms = s.row.deadline_ms - s.row.started_ms;
    s.content = STR("");
    if (settle_batch(r->db, &s, 1, r->err) < 0)
        return -1;
    r->settled += !s.already;
    return 0;
}

static int recover_overdue(struct recovery *r)
{
    struct arena *arena = arena_new(1 << 20);
    struct overdue_turn *overdue;
    size_t count;
    int status = lookup_overdue_turns(platform_on(r->db), clock_unix_ms(), OVERDUE_MANY, arena,
                                      &overdue, &count, r->err);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = judge(r, settle_overdue(r, &overdue[i], arena));
    arena_free(&arena);
    return status;
}

int recovery_run(const struct chat *chat, struct db *db, struct error *err)
{
    struct recovery r = { .chat = chat, .db = db, .err = err };
    if (spool_walk(chat->spool_dir, consider, &r, err) < 0 || r.failed)
        return -1;
    if (recover_overdue(&r) < 0 || sweep_idempotency(platform_on(db), clock_unix_ms(), err) < 0)
        return -1;
    metrics_add(METRIC_TURNS_RECOVERED, r.settled);
    return r.settled;
}
