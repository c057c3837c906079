/* Admission and settlement on the same rows at the same time: they meet, deadlock, try again, and
 * both succeed; no book is wrong afterwards. */
#include "chats.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 20, BATCH = 16, LEDGERS = 4, BATCHES = 12 };

static struct conversation_id talk;
static struct turn *waiting[ROUNDS];
static pthread_barrier_t start;
static atomic_int failures, settled;

static int64_t deadlocks(void)
{
    struct rows rows;
    if (db_run(db, "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'", NULL, 0, arena, &rows, NULL,
               &err) != 0 ||
        rows.count != 1)
        return 0;
    return strtoll(rows_at(&rows, 0, 1)->bytes.at, NULL, 10);
}

/* ---- one conversation: the next question while the last answer is stored ---- */

static void *admit_next(void *arg)
{
    struct arena *mine = arena_new(32 << 20);
    struct error e;
    for (int i = 0; i < ROUNDS; i++) {
        struct turn_request request = asking_in(mine, "next");
        struct turn *turn = NULL;
        struct turn_id ignored;
        request.conversation = talk;
        pthread_barrier_wait(&start);
        if (turn_admit(&chat, arg, anna, &island, &request, mine, &turn, &ignored, &e) != 0) {
            printf("# admission: %s %s\n", e.code, e.log);
            atomic_fetch_add(&failures, 1);
        } else
            turn_free(turn);
    }
    arena_free(&mine);
    return NULL;
}

static void *settle_last(void *arg)
{
    struct error e;
    for (int i = 0; i < ROUNDS; i++) {
        struct settlement s = turn_settlement(waiting[i]);
        pthread_barrier_wait(&start);
        if (settle_batch(arg, &s, 1, &e) != 0) {
            printf("# settlement: %s %s\n", e.code, e.log);
            atomic_fetch_add(&failures, 1);
        }
    }
    return NULL;
}

static void question_and_answer(void)
{
    pthread_t threads[2];
    struct db *handles[2] = { database_open_as("insula_worker"),
                              database_open_as("insula_worker") };
    budget_of_island(1000000);
    talk = exchange_of(anna, asking("talk"), "answer")->conversation;
    for (int i = 0; i < ROUNDS; i++) {
        struct turn_request request = asking("question");
        request.conversation = talk;
        waiting[i] = admitted(anna, request);
        answered(waiting[i], "answer", TURN_COMPLETE, 10, 5);
    }
    pthread_barrier_init(&start, NULL, 2);
    pthread_create(&threads[0], NULL, admit_next, handles[0]);
    pthread_create(&threads[1], NULL, settle_last, handles[1]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        db_free(&handles[i]);
    }
    pthread_barrier_destroy(&start);
    for (int i = 0; i < ROUNDS; i++)
        turn_free(waiting[i]);
    is_number(atomic_load(&failures), 0,
              "20 times an answer is stored while the next question of its conversation is taken");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 2 + 3 * ROUNDS,
              "every question and every answer is there");
    is_number(ask_number(db, "SELECT COUNT(*) FROM turn WHERE state = 'open'"), ROUNDS,
              "the new turns are open, the others settled");
    ok(ledger_agrees(), "the ledger agrees");
}

/* ---- several ledgers, each with batches of the same people, models and budgets ---- */

struct ledger {
    struct db *db;
    struct settlement list[BATCHES][BATCH];
};

/* What a thread of its own does with a batch that could not be settled yet: the same once more. */
static void *settle_batches(void *arg)
{
    struct ledger *ledger = arg;
    struct error e;
    pthread_barrier_wait(&start);
    for (int i = 0; i < BATCHES; i++) {
        int rc = -1;
        for (int tries = 0; rc != 0 && tries < 20; tries++) {
            rc = settle_batch(ledger->db, ledger->list[i], BATCH, &e);
            if (rc != 0 && e.kind != ERROR_UNAVAILABLE)
                atomic_fetch_add(&failures, 1);
        }
        for (int j = 0; rc == 0 && j < BATCH; j++)
            atomic_fetch_add(&settled, !ledger->list[i][j].already);
    }
    return NULL;
}

static struct settlement one_of_many(int i)
{
    const struct tenant_scope *people[] = { anna, carl, bert };
    const struct tenant_scope *scope = people[i * 7 / 3 % 3];
    static struct model models[3];
    models[i % 3] = paid;
    models[i % 3].name = i % 3 == 0 ? "one" : i % 3 == 1 ? "two" : "three";
    struct turn_request request = asking("q");
    request.model = &models[i % 3];
    struct turn *turn = admitted(scope, request);
    answered(turn, "a", TURN_COMPLETE, 10, 5);
    spool_close(&turn->spool);
    return turn_settlement(turn);
}

static void many_ledgers(void)
{
    static struct ledger ledgers[LEDGERS];
    pthread_t threads[LEDGERS];
    int64_t met = deadlocks();
    int n = 0;
    pthread_barrier_init(&start, NULL, LEDGERS);
    for (int i = 0; i < LEDGERS; i++) {
        ledgers[i].db = database_open_as("insula_worker");
        for (int j = 0; j < BATCHES; j++)
            for (int k = 0; k < BATCH; k++)
                ledgers[i].list[j][k] = one_of_many(n++);
    }
    for (int i = 0; i < LEDGERS; i++)
        pthread_create(&threads[i], NULL, settle_batches, &ledgers[i]);
    for (int i = 0; i < LEDGERS; i++) {
        pthread_join(threads[i], NULL);
        db_free(&ledgers[i].db);
    }
    pthread_barrier_destroy(&start);
    printf("# %lld deadlocks, all tried again\n", (long long)(deadlocks() - met));
    is_number(atomic_load(&failures), 0, "four ledgers settle 768 turns in batches: none fails");
    is_number(atomic_load(&settled), n, "each turn is settled once");
    ok(ledger_agrees(), "the ledger agrees");
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    arena_free(&arena);
    arena = arena_new(256 << 20);
    anna = scope_of(1, 'a');
    carl = scope_of(1, 'c');
    bert = scope_of(2, 'b');
    question_and_answer();
    many_ledgers();
    return chats_end();
}
