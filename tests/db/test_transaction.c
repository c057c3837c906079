/* Transactions: all or nothing, tried again after a deadlock, and never half on another session. */
#include "database.h"

#include <pthread.h>
#include <stdatomic.h>

static int write_and_fail(struct db *on, void *arg, struct error *e)
{
    (void)arg;
    must(on, "UPDATE pair SET n = 100 WHERE k = 1");
    return fail(e, ERROR_LIMIT, "enough", "Enough.");
}

static int write_and_succeed(struct db *on, void *arg, struct error *e)
{
    (void)arg, (void)e;
    must(on, "UPDATE pair SET n = 100 WHERE k = 1");
    return 0;
}

static int go_on_after_duplicate(struct db *on, void *arg, struct error *e)
{
    (void)arg, (void)e;
    must(on, "UPDATE pair SET n = 50 WHERE k = 1");
    if (try_sql(on, "INSERT INTO pair VALUES (2, 0)") == 0 || err.kind != ERROR_CONFLICT)
        bail_out("the duplicate");
    must(on, "UPDATE pair SET n = 51 WHERE k = 2");
    return 0;
}

static int nest(struct db *on, void *arg, struct error *e)
{
    return db_transaction(on, write_and_succeed, arg, e);
}

static void all_or_nothing(void)
{
    ok(db_transaction(db, write_and_fail, NULL, &err) == -1 && err.kind == ERROR_LIMIT,
       "a body's error comes out as it is");
    is_number(ask_number(db, "SELECT n FROM pair WHERE k = 1"), 0, "and its work is undone");
    ok(db_transaction(db, write_and_succeed, NULL, &err) == 0, "a body that succeeds is committed");
    struct db *other = database_open_as("root");
    is_number(ask_number(other, "SELECT n FROM pair WHERE k = 1"), 100, "and others see it");
    ok(db_transaction(db, go_on_after_duplicate, NULL, &err) == 0,
       "a duplicate key leaves the transaction open");
    is_number(ask_number(other, "SELECT SUM(n) FROM pair"), 101, "with all that went before");
    ok(db_transaction(db, nest, NULL, &err) == -1 && !strcmp(err.code, "nested_transaction"),
       "there is no transaction within one");
    is_number(ask_number(db, "SELECT @@in_transaction"), 0, "and none stays open");
    db_transaction(db, write_and_succeed, NULL, &err);
    must(db, "UPDATE pair SET n = 7 WHERE k = 1");
    is_number(ask_number(other, "SELECT n FROM pair WHERE k = 1"), 7,
              "a statement behind a transaction is its own again");
    must(db, "UPDATE pair SET n = 50 WHERE k = 1");
    db_free(&other);
}

static void only_the_commit_is_added(void)
{
    const char *commands = "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM"
                           " information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'QUESTIONS'";
    struct db *own = database_open_as("root");
    int64_t counts[2];
    for (int i = 0; i < 2; i++) { /* the second time everything is prepared */
        int64_t before = ask_number(own, commands);
        for (int k = 0; k < 10; k++)
            db_transaction(own, write_and_succeed, NULL, &err);
        counts[i] = ask_number(own, commands) - before;
    }
    ok(counts[1] <= 24, "ten transactions of one statement are some twenty commands (%lld)",
       (long long)counts[1]);
    db_free(&own);
}

/* ---- two that take the same two rows in opposite order, and meet in the middle ---- */

struct walker {
    struct db *db;
    int first, second, runs, rc;
    pthread_barrier_t *meeting;
    struct error err;
};

static int walk(struct db *on, void *arg, struct error *e)
{
    struct walker *w = arg;
    const char *sql = "UPDATE pair SET n = n + 1 WHERE k = ?";
    w->runs++;
    if (db_run(on, sql, &VALUE_OF_INTEGER(w->first), 1, NULL, NULL, NULL, e) != 0)
        return -1;
    if (w->runs == 1)
        pthread_barrier_wait(w->meeting);
    return db_run(on, sql, &VALUE_OF_INTEGER(w->second), 1, NULL, NULL, NULL, e);
}

static void *walk_in_thread(void *arg)
{
    struct walker *w = arg;
    w->rc = db_transaction(w->db, walk, w, &w->err);
    return NULL;
}

static void deadlocks_are_retried(void)
{
    pthread_barrier_t meeting;
    pthread_barrier_init(&meeting, NULL, 2);
    struct walker walkers[2] = {
        { .db = database_open_as("root"), .first = 1, .second = 2, .meeting = &meeting },
        { .db = database_open_as("root"), .first = 2, .second = 1, .meeting = &meeting },
    };
    must(db, "UPDATE pair SET n = 0");
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, walk_in_thread, &walkers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ok(walkers[0].rc == 0 && walkers[1].rc == 0, "two that deadlock both succeed");
    is_number(walkers[0].runs + walkers[1].runs, 3, "one of them at its second try");
    is_number(ask_number(db, "SELECT SUM(n) FROM pair"), 4, "each counted once");
    for (int i = 0; i < 2; i++)
        db_free(&walkers[i].db);
    pthread_barrier_destroy(&meeting);
}

/* ---- a row that somebody else keeps locked ---- */

static int wait_for_lock(struct db *on, void *arg, struct error *e)
{
    int *runs = arg;
    ++*runs;
    if (try_sql(on, "UPDATE pair SET n = 7 WHERE k = 2") != 0)
        return fail(e, ERROR_INTERNAL, "first", "The first write failed.");
    if (try_sql(on, "UPDATE pair SET n = 7 WHERE k = 1") == 0)
        return fail(e, ERROR_INTERNAL, "unlocked", "The row was not locked.");
    bool is_kind = err.kind == ERROR_DEADLOCK;
    /* A body that does not care must not go on in half a transaction. */
    if (try_sql(on, "UPDATE pair SET n = 8 WHERE k = 2") == 0 || err.kind != ERROR_DEADLOCK ||
        !is_kind)
        return fail(e, ERROR_INTERNAL, "went_on", "A lost transaction went on.");
    return 0;
}

static int hold_lock(struct db *on, void *arg, struct error *e)
{
    struct db *other = arg;
    must(on, "UPDATE pair SET n = 1 WHERE k = 1");
    int runs = 0;
    int64_t began = clock_steady_ms();
    ok(db_transaction(other, wait_for_lock, &runs, e) == -1 && e->kind == ERROR_UNAVAILABLE &&
           e->retry_after_ms > 0,
       "after three lock waits: ERROR_UNAVAILABLE, even if the body hides the error");
    is_number(runs, 3, "three tries");
    ok(clock_steady_ms() - began < 10000, "each waited as long as the session says");
    ok(try_sql(other, "UPDATE pair SET n = 9 WHERE k = 1") == -1 && err.kind == ERROR_UNAVAILABLE,
       "a statement on its own is retried the same way");
    return 0;
}

static void lock_waits_end(void)
{
    must(db, "UPDATE pair SET n = 0");
    struct db *other = database_open_as("root");
    must(other, "SET SESSION innodb_lock_wait_timeout = 1");
    struct error e;
    db_transaction(db, hold_lock, other, &e);
    is_number(ask_number(other, "SELECT n FROM pair WHERE k = 2"), 0,
              "nothing of the one that waited is there");
    is_number(ask_number(other, "SELECT @@in_transaction"), 0, "its transaction is closed");
    db_free(&other);
}

static void slow_statements_end(void)
{
    int64_t session = ask_number(db, "SELECT CONNECTION_ID()");
    must(db, "SET SESSION max_statement_time = 0.3");
    struct rows rows;
    ok(db_run(db, "SELECT SUM(a.seq ^ b.seq) FROM seq_1_to_99999 a, seq_1_to_99999 b", NULL, 0,
              arena, &rows, NULL, &err) == -1 &&
           err.kind == ERROR_UNAVAILABLE,
       "a statement that takes too long is ERROR_UNAVAILABLE");
    is_number(ask_number(db, "SELECT CONNECTION_ID()"), session, "and the session goes on");
    must(db, "SET SESSION max_statement_time = 8");
}

/* ---- many threads, one budget: never past its cap ---- */

static atomic_int admitted;

static void *spend(void *arg)
{
    struct db *own = database_open_as("root");
    struct error e;
    for (int i = 0; i < 60; i++) {
        int64_t changed = 0;
        if (db_run(own, "UPDATE purse SET held = held + ? WHERE used + held + ? <= cap",
                   VALUES(VALUE_OF_INTEGER(7), VALUE_OF_INTEGER(7)), NULL, NULL, &changed, &e) != 0)
            *(int *)arg = 1;
        atomic_fetch_add(&admitted, (int)changed);
    }
    db_free(&own);
    return NULL;
}

static void a_cap_holds(void)
{
    must(db, "CREATE TABLE purse (cap BIGINT, used BIGINT, held BIGINT)");
    must(db, "INSERT INTO purse VALUES (1000, 100, 0)");
    pthread_t threads[8];
    int failed[8] = { 0 }, failures = 0;
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, spend, &failed[i]);
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        failures += failed[i];
    }
    is_number(failures, 0, "eight threads, 480 conditional updates, no error");
    is_number(atomic_load(&admitted), 128, "exactly as many change a row as fit under the cap");
    is_number(ask_number(db, "SELECT held FROM purse"), 896, "and that is what is held");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    must(db, "CREATE TABLE pair (k INT PRIMARY KEY, n INT)");
    must(db, "INSERT INTO pair VALUES (1, 0), (2, 0)");
    all_or_nothing();
    only_the_commit_is_added();
    deadlocks_are_retried();
    lock_waits_end();
    slow_statements_end();
    a_cap_holds();
    return database_end();
}
