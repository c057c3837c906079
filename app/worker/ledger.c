/* Runs the ledger's thread: settle in batches, answer, recover. */
#include "worker/ledger.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "chat/recovery.h"
#include "chat/settle.h"
#include "db/db.h"
#include "web/stream.h"

#include <pthread.h>
#include <sys/epoll.h>

#define BATCH         64
#define PATIENCE_MS   5000 /* how long a client waits for its commit */
#define RETRY_MS      200
#define RECOVERY_MS   3000
#define SWEEP_MS      30000
#define SEND_STALL_MS 30000
#define SHUT_MS       1000 /* what a stopping worker still waits for clients to take */
#define IDLE_MS       500

/* An answer that the client has not taken whole. */
struct closing {
    struct watch watch; /* first: the loop gives it back */
    struct ledger *ledger;
    struct exchange *x;
    struct closing *next, **link;
};

struct ledger {
    pthread_t thread;
    const struct house *house;
    struct db *db;
    struct loop *loop;
    struct queue *in;
    struct exchange *waiting, **last; /* finished turns, oldest first */
    struct closing *closing;
    int64_t recovered_ms, swept_ms;
    atomic_llong stopped_ms; /* steady clock; 0: runs on */
};

static void closing_end(struct closing *c)
{
    loop_remove(c->ledger->loop, &c->watch);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    exchange_end(&c->x);
    free(c);
}

static void closing_ready(struct watch *watch, uint32_t events)
{
    struct closing *c = (struct closing *)(void *)watch;
    if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
        c->x->client.gone = true;
    client_flush(&c->x->client);
    if (!client_pending(&c->x->client))
        closing_end(c);
}

/* A large answer may not fit into the socket at once; the others do not wait for it. */
static void finish(struct ledger *ledger, struct exchange *x)
{
    struct closing *c = client_pending(&x->client) ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        exchange_end(&x);
        return;
    }
    *c = (struct closing){ { x->client.fd, EPOLLOUT | EPOLLRDHUP, closing_ready },
                           ledger,
                           x,
                           ledger->closing,
                           &ledger->closing };
    if (c->next)
        c->next->link = &c->next;
    ledger->closing = c;
    if (loop_add(ledger->loop, &c->watch) < 0)
        closing_end(c);
}

/* Who takes nothing for long is given up; a stopping ledger waits a second for everybody together.
 */
static void drop_stalled(struct ledger *ledger)
{
    int64_t now_ms = clock_steady_ms();
    int64_t stopped_ms = atomic_load(&ledger->stopped_ms);
    bool is_over = stopped_ms && now_ms - stopped_ms > SHUT_MS;
    for (struct closing *c = ledger->closing, *next; c; c = next) {
        next = c->next;
        if (is_over || now_ms - c->x->client.moved_ms > SEND_STALL_MS)
            closing_end(c);
    }
}

static void take_new(struct ledger *ledger)
{
    struct exchange *x = queue_take(ledger->in);
    for (; x; x = x->queue_next) {
        *ledger->last = x;
        ledger->last = &x->queue_next;
    }
}

static struct exchange *pop(struct ledger *ledger)
{
    struct exchange *x = ledger->waiting;
    if (!(ledger->waiting = x->queue_next))
        ledger->last = &ledger->waiting;
    return x;
}

static void count_settled(const struct settlement *s)
{
    metrics_add(METRIC_TURNS_SETTLED, 1);
    metrics_add(METRIC_TURNS_FAILED, str_is(s->row.outcome, "failed"));
    metrics_add(METRIC_TOKENS_IN, s->row.tokens_in);
    metrics_add(METRIC_TOKENS_OUT, s->row.tokens_out);
}

/* Stored and charged: the spool says so, then the client hears it. */
static void answer_settled(struct ledger *ledger, struct exchange *x, const struct settlement *list,
                           size_t count)
{
    struct turn *turn = x->turn;
    for (size_t i = 0; i < count; i++) /* the batch was sorted */
        if (turn_id_equal(list[i].row.id, turn->id))
            turn->charged = list[i].row;
    struct error ignored;
    struct str record = settled_record(x->arena, &turn->charged, &turn->error);
    (void)!spool_append(turn->spool, SPOOL_SETTLED, record, &ignored);
    turn_answer(x, NULL);
    finish(ledger, x);
}

/* The spool stays as it is: recovery settles the turn when the database is back. */
static void answer_unsettled(struct ledger *ledger, struct exchange *x, const struct error *err)
{
    struct error said;
    fail(&said, ERROR_UNAVAILABLE, "not_settled",
         "The answer could not be stored yet; it will be, and can be read later.");
    log_event(LOG_ALARM, "turn.unsettled", "%s", err->log[0] ? err->log : err->message);
    turn_answer(x, &said);
    finish(ledger, x);
}

static int settle_some(struct ledger *ledger, size_t most, struct error *err)
{
    struct settlement list[BATCH];
    size_t count = 0;
    for (struct exchange *x = ledger->waiting; x && count < most; x = x->queue_next)
        list[count++] = turn_settlement(x->turn);
    if (settle_batch(ledger->db, list, count, err) < 0)
        return -1;
    metrics_add(METRIC_COMMITS, 1);
    for (size_t i = 0; i < count; i++)
        count_settled(&list[i]);
    for (size_t i = 0; i < count; i++)
        answer_settled(ledger, pop(ledger), list, count);
    return 0;
}

static bool is_out_of_patience(const struct ledger *ledger)
{
    const struct turn *turn = ledger->waiting->turn;
    return clock_steady_ms() - (turn->started_ms + turn->total_spent_ms) > PATIENCE_MS;
}

/* Returns false when nothing can be settled right now. */
static bool settle_waiting(struct ledger *ledger)
{
    struct error err;
    while (ledger->waiting) {
        if (settle_some(ledger, BATCH, &err) == 0)
            continue;
        if (err.kind == ERROR_UNAVAILABLE && !is_out_of_patience(ledger))
            return false;
        /* Not all of a batch need to be at fault: one by one, and only the guilty are given up. */
        if (settle_some(ledger, 1, &err) < 0)
            answer_unsettled(ledger, pop(ledger), &err);
    }
    return true;
}

/* Old finished files are looked for more rarely: there are many, and nothing waits for it. */
static void sweep(struct ledger *ledger, int64_t now_ms)
{
    int64_t keep_ms = atomic_load(&ledger->house->config)->spool.keep_seconds * 1000LL;
    if (now_ms - ledger->swept_ms < SWEEP_MS && now_ms - ledger->swept_ms < keep_ms)
        return;
    ledger->swept_ms = now_ms;
    spool_sweep(ledger->house->chat.spool_dir, clock_unix_ms() - keep_ms);
}

static void recover(struct ledger *ledger)
{
    struct error err;
    int64_t now_ms = clock_steady_ms();
    sweep(ledger, now_ms);
    if (ledger->recovered_ms && now_ms - ledger->recovered_ms < RECOVERY_MS)
        return;
    ledger->recovered_ms = now_ms;
    int settled = recovery_run(&ledger->house->chat, ledger->db, &err);
    if (settled > 0)
        log_event(LOG_WARN, "recovery", "%d turns settled that had lost their worker", settled);
}

static void *ledger_run(void *arg)
{
    struct ledger *ledger = arg;
    while (!(atomic_load(&ledger->stopped_ms) && !ledger->waiting && !ledger->closing)) {
        take_new(ledger);
        bool all = settle_waiting(ledger);
        drop_stalled(ledger);
        if (all && !atomic_load(&ledger->stopped_ms))
            recover(ledger);
        loop_run(ledger->loop, all ? IDLE_MS : RETRY_MS);
        take_new(ledger);
    }
    return NULL;
}

int ledger_start(const struct house *house, struct ledger **out, struct error *err)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        abort();
    ledger->house = house;
    ledger->last = &ledger->waiting;
    ledger->db = db_new(&atomic_load(&house->config)->database);
    *out = ledger;
    if (loop_new(&ledger->loop, err) < 0)
        return -1;
    ledger->in = queue_new(ledger->loop);
    if (pthread_create(&ledger->thread, NULL, ledger_run, ledger) != 0)
        return fail(err, ERROR_INTERNAL, "thread", "The ledger's thread cannot be started.");
    return 0;
}

struct queue *ledger_queue(struct ledger *ledger)
{
    return ledger->in;
}

void ledger_stop(struct ledger **ledger)
{
    atomic_store(&(*ledger)->stopped_ms, clock_steady_ms());
    loop_wake((*ledger)->loop);
    pthread_join((*ledger)->thread, NULL);
    db_free(&(*ledger)->db);
    queue_free(&(*ledger)->in);
    loop_free(&(*ledger)->loop);
    free(*ledger);
    *ledger = NULL;
}
