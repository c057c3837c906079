/* Admits turns: one transaction for all that wait at the same moment. The heart; read it first. */
#include "admission.h"

#include "base/clock.h"
#include "store/idempotency.h"

#include <time.h>

#define SHARED_MAX_BYTES (64 << 20)
#define DOUBT_PAUSE_MS   100

/* ---- one attempt ---- */

/* Whatever an earlier attempt made is thrown away. */
static void candidate_begin(const struct admissions *all, struct candidate *c)
{
    if (c->turn)
        spool_discard(&c->turn->spool);
    *c = (struct candidate){ .asked = c->asked };
    c->turn = turn_new(c->asked, all->now_unix_ms);
}

/* A failure is one turn's own, and the others go on without it. Alone it takes the transaction with
 * it; so does, by way of the next statement, whatever ends the transaction itself. */
static int refuse(struct admissions *all, struct candidate *c, struct db *db, struct error *err)
{
    if (all->count == 1)
        return -1;
    c->state = REFUSED;
    c->error = *err;
    spool_discard(&c->turn->spool);
    if (!c->has_key)
        return 0;
    return idempotency_drop(c->asked->scope, db, c->asked->request->idempotency_key, err);
}

static int each(struct admissions *all, struct db *db,
                int (*step)(struct admissions *all, struct candidate *c, struct db *db,
                            struct error *err),
                struct error *err)
{
    for (struct candidate *c = all->list; c < all->list + all->count; c++)
        if (c->state == WAITING && step(all, c, db, err) < 0 && refuse(all, c, db, err) < 0)
            return -1;
    return 0;
}

/* Many are tried together once. */
static int admit(struct db *db, void *arg, struct error *err)
{
    struct admissions *all = arg;
    if (all->attempts++ && all->count > 1)
        return fail(err, ERROR_CONFLICT, "apart", "Each of these turns is to be admitted alone.");
    all->looked = NULL;
    for (size_t i = 0; i < all->count; i++)
        candidate_begin(all, &all->list[i]);
    if (each(all, db, admit_key, err) < 0 || each(all, db, admit_conversation, err) < 0 ||
        each(all, db, admit_budget, err) < 0 || each(all, db, admit_spool, err) < 0)
        return -1;
    return admit_rows(all, db, err) < 0 ? -1 : admit_holds(all, db, err);
}

/* ---- what became of them ---- */

static void give_up(struct candidate *c, const struct error *err)
{
    if (c->turn) /* else the database was away before the first step */
        spool_discard(&c->turn->spool);
    c->state = REFUSED;
    c->error = *err;
}

/* A restart or a fail-over takes seconds, and a client that need not ask again is worth them. */
static int find_in_doubt(const struct candidate *c, struct db *db, int64_t until_ms,
                         struct error *err)
{
    struct turn_row row;
    const struct timespec pause = { .tv_nsec = DOUBT_PAUSE_MS * 1000000L };
    for (;;) {
        int status = turn_find(c->asked->scope, db, c->turn->id, c->asked->arena, &row, err);
        if (status == 0 || err->kind == ERROR_NOT_FOUND || clock_steady_ms() >= until_ms)
            return status;
        nanosleep(&pause, NULL);
    }
}

/* The commit's outcome is unknown: the turn's row says. Where even that cannot be asked, the spool
 * stays and says that nothing was asked: recovery settles the turn if there is one. */
static void look_up(struct candidate *c, struct db *db, int64_t until_ms)
{
    struct error lookup = { 0 }, err;
    if (c->state == REFUSED ||
        (c->state == WAITING && find_in_doubt(c, db, until_ms, &lookup) == 0))
        return;
    fail(&err, ERROR_UNAVAILABLE, "database_unavailable", "The database is not there right now.");
    err.retry_after_ms = 2000;
    if (c->state == WAITING && lookup.kind != ERROR_NOT_FOUND) {
        turn_stop(c->turn, TURN_FAILED, err.kind, TURN_UNASKED, err.message);
        turn_leave(c->turn);
        spool_close(&c->turn->spool);
    }
    give_up(c, &err);
}

static void tell(const struct candidate *c)
{
    struct admission *asked = c->asked;
    asked->turn = c->state == WAITING ? c->turn : NULL;
    asked->attached = c->attach;
    asked->error = c->error;
}

static void admit_each_alone(struct admissions *all, struct db *db);

/* Where a budget had less than was assumed, the same is done with a look at it first. */
static int run(struct admissions *all, struct db *db, struct error *err)
{
    int status = db_transaction(db, admit, all, err);
    if (status == 0 || !all->was_short)
        return status;
    all->must_look = true;
    all->was_short = false;
    all->attempts = 0;
    return db_transaction(db, admit, all, err);
}

/* True: there is an outcome for each. */
static bool try_together(struct admissions *all, struct db *db)
{
    struct error err = { 0 };
    if (run(all, db, &err) == 0)
        return true;
    bool is_away = !strcmp(err.code, "database_unavailable");
    if (all->count > 1 && err.kind != ERROR_UNCERTAIN && !is_away)
        return false;
    int64_t until_ms = clock_steady_ms() + all->chat->doubt_ms;
    for (struct candidate *c = all->list; c < all->list + all->count; c++)
        if (err.kind == ERROR_UNCERTAIN)
            look_up(c, db, until_ms);
        else
            give_up(c, &err);
    return true;
}

static int by_place(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    uint32_t x = scope_tenant(a->asked->scope).v, y = scope_tenant(b->asked->scope).v;
    if (x != y)
        return x < y ? -1 : 1;
    return memcmp(&a->asked->request->conversation, &b->asked->request->conversation,
                  sizeof(struct conversation_id));
}

static void admit_together(const struct chat *chat, struct db *db, struct candidate *list,
                           size_t count)
{
    struct admissions all = { .chat = chat,
                              .list = list,
                              .count = count,
                              .arena = arena_new(SHARED_MAX_BYTES),
                              .now_unix_ms = clock_unix_ms() };
    qsort(list, count, sizeof *list, by_place);
    if (try_together(&all, db))
        for (size_t i = 0; i < count; i++)
            tell(&list[i]);
    else
        admit_each_alone(&all, db);
    arena_free(&all.arena);
}

/* Whatever went wrong with all of them need not be the fault of each. */
static void admit_each_alone(struct admissions *all, struct db *db)
{
    for (size_t i = 0; i < all->count; i++)
        admit_together(all->chat, db, &all->list[i], 1);
}

/* ---- who goes together ---- */

/* Two that go on with one conversation, or have one key, come one after the other: the second sees
 * what the first has done. */
static bool meet(const struct admission *a, const struct admission *b)
{
    struct user_id x = scope_user(a->scope), y = scope_user(b->scope);
    if (scope_tenant(a->scope).v != scope_tenant(b->scope).v || !user_id_equal(x, y))
        return false;
    if (a->request->idempotency_key.at && b->request->idempotency_key.at &&
        str_equal(a->request->idempotency_key, b->request->idempotency_key))
        return true;
    return !conversation_id_is_zero(a->request->conversation) &&
           conversation_id_equal(a->request->conversation, b->request->conversation);
}

static bool meets_any(const struct admission *a, const struct candidate *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (meet(a, list[i].asked))
            return true;
    return false;
}

void turns_admit(const struct chat *chat, struct db *db, struct admission *list, size_t count)
{
    struct candidate together[ADMIT_MOST];
    bool is_done[ADMIT_MOST] = { false };
    for (size_t done = 0, n; done < count; done += n) {
        n = 0;
        for (size_t i = 0; i < count; i++)
            if (!is_done[i] && !meets_any(&list[i], together, n)) {
                is_done[i] = true;
                together[n++] = (struct candidate){ .asked = &list[i] };
            }
        admit_together(chat, db, together, n);
    }
}
