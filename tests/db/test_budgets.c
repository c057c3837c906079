/* A month's budget: made once, held while it lasts and never beyond, settled to what was spent. */
#include "store/budgets.h"

#include "people.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct tenant_scope *anna, *bert;

static struct budget find(const struct tenant_scope *scope, int32_t period, int64_t cap)
{
    struct budget budget = { -1, -1, -1 };
    if (budget_find(scope, worker, period, cap, arena, &budget, &err) != 0)
        bail_out("find");
    return budget;
}

static bool is(struct budget b, int64_t cap, int64_t used, int64_t held)
{
    if (b.cap != cap || b.used != used || b.held != held)
        printf("# cap %lld, used %lld, held %lld\n", (long long)b.cap, (long long)b.used,
               (long long)b.held);
    return b.cap == cap && b.used == used && b.held == held;
}

static bool hold(int32_t period, int64_t amount)
{
    bool taken = false;
    if (budget_hold(anna, worker, period, amount, &taken, &err) != 0)
        bail_out("hold");
    return taken;
}

static void made_once(void)
{
    ok(!hold(202611, 1), "where there is no budget nothing can be held");
    ok(is(find(anna, 202611, 1000), 1000, 0, 0), "a month's budget is made with its cap");
    ok(is(find(anna, 202611, 5), 1000, 0, 0), "and then stays as it is");
    ok(is(find(scope_of(1, 'c'), 202611, 5), 1000, 0, 0), "it is the whole tenant's");
    ok(is(find(bert, 202611, 77), 77, 0, 0), "another tenant has its own");
    ok(is(find(anna, 202612, 9), 9, 0, 0), "and so has another month");
    const char *before = all_rows();
    struct budget left = { 1, 2, 3 };
    ok(budget_find(anna, worker, 202701, -1, arena, &left, &err) == -1 && is(left, 1, 2, 3),
       "a cap below zero is refused");
    is_text(all_rows(), before, "and leaves no row");
    ok(is(find(anna, 202702, BUDGET_UNLIMITED), BUDGET_UNLIMITED, 0, 0), "no cap is a large one");
    ok(hold(202702, 1000000000000000LL), "under which much can be held");
}

static void held_and_settled(void)
{
    ok(hold(202611, 600) && hold(202611, 400), "holds are taken up to the cap");
    ok(!hold(202611, 1), "and not beyond");
    ok(is(find(anna, 202611, 0), 1000, 0, 1000), "what was refused is not held");
    ok(is(find(bert, 202611, 0), 77, 0, 0), "nor is anything of another tenant's");
    ok(worked(budget_settle(anna, worker, 202611, 600, 150, &err)) &&
           is(find(anna, 202611, 0), 1000, 150, 400),
       "settling gives the hold back and books the cost");
    ok(hold(202611, 450) && !hold(202611, 1), "what was given back can be held again");
    ok(worked(budget_settle(anna, worker, 202611, 450, 0, &err)) &&
           is(find(anna, 202611, 0), 1000, 150, 400),
       "a turn that cost nothing gives all of it back");
    ok(worked(budget_settle(anna, worker, 202611, 400, 900, &err)) &&
           is(find(anna, 202611, 0), 1000, 1050, 0),
       "a cost above the hold is booked all the same");
    ok(!hold(202611, 1), "and then nothing more is held");
    ok(budget_settle(anna, worker, 202611, 1, 0, &err) == -1, "no hold can be given back twice");
    ok(is(find(anna, 202611, 0), 1000, 1050, 0), "a refused settlement changes nothing");
    ok(is(find(anna, 202612, 0), 9, 0, 0) && is(find(bert, 202611, 0), 77, 0, 0),
       "other months and other tenants are as they were");
    ok(!hold(202612, BUDGET_UNLIMITED * 2), "a hold without measure fits nowhere");
}

/* ---- eight threads, and room for 37 ---- */

static atomic_int taken_count, failures;

static void *take(void *arg)
{
    struct db *own = arg;
    struct error e;
    for (int i = 0; i < 20; i++) {
        bool taken = false;
        if (budget_hold(anna, own, 202703, 27, &taken, &e) != 0)
            atomic_fetch_add(&failures, 1);
        atomic_fetch_add(&taken_count, taken);
    }
    return NULL;
}

static void never_more_than_fits(void)
{
    pthread_t threads[8];
    struct db *handles[8];
    find(anna, 202703, 1000);
    for (int i = 0; i < 8; i++) {
        handles[i] = database_open_as("insula_worker");
        pthread_create(&threads[i], NULL, take, handles[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        db_free(&handles[i]);
    }
    is_number(atomic_load(&failures), 0, "eight threads ask 160 times, none fails");
    is_number(atomic_load(&taken_count), 37, "37 are told that they hold 27 of 1000");
    is_number(find(anna, 202703, 0).held, 37 * 27, "and that is what is held");
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    anna = scope_of(1, 'a');
    bert = scope_of(2, 'b');
    made_once();
    held_and_settled();
    never_more_than_fits();
    return people_end();
}
