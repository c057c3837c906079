/* Admission and money: a turn holds the most it can cost, never more than is left, and eight
 * threads together never more than the cap. */
#include "chats.h"

#include "store/budgets.h"

#include <pthread.h>
#include <stdatomic.h>

/* "hello": five bytes and a message's frame. */
enum { PROMPT = 5 + 8, ANSWER = 100, WHOLE = PROMPT + 2 * ANSWER };

static int64_t max_tokens_of(struct turn_request request)
{
    struct turn *turn = admitted(anna, request);
    int64_t most = turn->completion.max_tokens;
    turn_free(turn);
    return most;
}

static bool refused(struct turn_request request)
{
    struct turn *turn;
    const char *before = all_kept();
    bool is_so =
        failed_as(admit_on(worker, anna, &request, &turn), ERROR_LIMIT, "insufficient_quota");
    return is_so && !strcmp(before, all_kept()) && !turn && err.retry_useless &&
           !strcmp(err.type, "insufficient_quota");
}

static void upper_bounds(void)
{
    budget_of_island(-1);
    struct turn_request request = asking("hello");
    struct turn *turn = admitted(anna, request);
    ok(turn->hold == WHOLE && held() == WHOLE,
       "the hold is the prompt's bytes and the model's longest answer, at its prices");
    is_number(ask_number(db, "SELECT hold FROM turn WHERE tenant_id = 1"), WHOLE,
              "the ledger's row says it too");
    turn_free(turn);
    request.max_tokens = 10;
    turn = admitted(anna, request);
    ok(turn->hold == PROMPT + 20 && turn->completion.max_tokens == 10,
       "a request that names a length holds for that");
    turn_free(turn);
    request.choices = 3;
    turn = admitted(anna, request);
    ok(turn->hold == PROMPT + 60 && turn->completion.max_tokens == 10,
       "three choices hold three times, and are as long each");
    turn_free(turn);
    request = asking("hello");
    struct str body = STR("{\"messages\":[1],\"tools\":[\"xxxxxxxxxxxxxxxx\"]}");
    struct json *parameters;
    if (json_parse(arena, body, NULL, &parameters, &err) != 0)
        bail_out("json");
    request.parameters = parameters;
    turn = admitted(anna, request);
    is_number(turn->hold, WHOLE + (int64_t)body.len - 3,
              "what the request says besides its messages is part of the prompt");
    turn_free(turn);
    struct model dear = paid;
    dear.price_cached = 3000000;
    request = asking("hello");
    request.model = &dear;
    turn = admitted(anna, request);
    is_number(turn->hold, 3 * PROMPT + 200, "cached tokens that cost more are held for");
    turn_free(turn);
    ok(ledger_agrees(), "the ledger agrees");
}

static void what_is_left(void)
{
    budget_of_island(1000);
    is_number(max_tokens_of(asking("hello")), ANSWER, "under a cap the provider is told a length");
    budget_of_island(PROMPT + 2 * 40);
    is_number(max_tokens_of(asking("hello")), 40, "it is lowered to what is left");
    is_number(held(), PROMPT + 2 * 40, "all of which is held");
    ok(refused(asking("hello")), "then nothing is: ERROR_LIMIT, and nothing is kept");
    budget_of_island(PROMPT + 2 * 16);
    is_number(max_tokens_of(asking("hello")), 16, "sixteen tokens are worth an answer");
    budget_of_island(PROMPT + 2 * 15);
    ok(refused(asking("hello")), "fifteen are not");
    struct turn_request request = asking("hello");
    request.max_tokens = 5;
    is_number(max_tokens_of(request), 5, "unless no more were asked for");
    budget_of_island(PROMPT + 2 * 80);
    request.max_tokens = 50;
    request.choices = 3;
    struct turn *turn = admitted(anna, request);
    ok(turn->completion.max_tokens == 26 && turn->hold == PROMPT + 2 * 80,
       "several choices share what is left");
    turn_free(turn);
    budget_of_island(PROMPT + 2 * 40);
    ok(refused(request), "but not fewer than sixteen tokens each");
    budget_of_island(PROMPT - 1);
    ok(refused(asking("hello")), "a prompt that does not fit is refused");
    budget_of_island(0);
    request = asking("hello");
    request.idempotency_key = STR("poor");
    ok(refused(request), "and so is everything under a cap of nothing; its key is free again");
    struct turn *berts = admitted(bert, asking("hello"));
    ok(berts->hold == WHOLE, "another tenant's budget is another");
    answered(berts, "a", TURN_COMPLETE, 10, 5);
    settle_one(berts);
    turn_free(berts);
    budget_of_island(1000);
    turn = admitted(anna, asking("hello"));
    must(db, "UPDATE budget SET used = 790 WHERE tenant_id = 1"); /* 1000 - 213: all is gone */
    must(db, "INSERT INTO turn SELECT tenant_id, REPEAT('t', 16), user_id, NULL, NULL, NULL, model,"
             " provider_id, 'settled', period, 0, 0, 0, 0, 0, 790, 'counted', 'complete', '',"
             " NULL, started_ms, deadline_ms, NULL, NULL, scope FROM turn WHERE tenant_id = 1");
    ok(refused(asking("hello")), "what is used counts as what is held does");
    turn_free(turn);
}

/* A worker's snapshot is up to a second old; the row is not. */
static void a_cap_that_is_new(void)
{
    must(db, arena_printf(arena, "UPDATE budget SET cap = used + held + %d WHERE tenant_id = 2",
                          PROMPT + 2 * 20));
    struct turn *turn = admitted(bert, asking("hello"));
    ok(turn->hold == PROMPT + 2 * 20 && turn->completion.max_tokens == 20,
       "a cap that the tenant's snapshot does not know yet is kept to");
    answered(turn, "a", TURN_COMPLETE, 10, 5);
    settle_one(turn);
    turn_free(turn);
    must(db, "UPDATE budget SET cap = 1000000000 WHERE tenant_id = 2");
    for (int i = 0; i < 2; i++) { /* at the second nobody looks first, since the first saw room */
        turn = admitted(bert, asking("hello"));
        ok(turn->hold == WHOLE && turn->completion.max_tokens == 100,
           "also where there is room for all");
        answered(turn, "a", TURN_COMPLETE, 10, 5);
        settle_one(turn);
        turn_free(turn);
    }
    must(db, "UPDATE budget SET cap = 4000000000000000000 WHERE tenant_id = 2");
}

static void months(void)
{
    budget_of_island(WHOLE);
    clock_set_unix_ms(1798761599000); /* the last second of 2026 */
    struct turn *turn = admitted(anna, asking("hello"));
    ok(turn->period == 202612 && refused(asking("hello")), "December's budget is used up");
    clock_set_unix_ms(1798761600000);
    struct turn *next = admitted(anna, asking("hello"));
    ok(next->period == 202701, "January has one of its own");
    answered(turn, "late", TURN_COMPLETE, 10, 5);
    answered(next, "early", TURN_COMPLETE, 10, 6);
    struct settlement both[] = { turn_settlement(turn), turn_settlement(next) };
    ok(worked(settle_batch(worker, both, 2, &err)), "both are settled in January, in one batch");
    is_text(ask(db, "SELECT GROUP_CONCAT(period, ':', used, ':', held ORDER BY period SEPARATOR"
                    " ' ') FROM budget WHERE tenant_id = 1")
                .bytes.at,
            "202612:20:0 202701:22:0", "each to the month that held for it");
    is_text(ask(db, "SELECT GROUP_CONCAT(hour, ':', cost ORDER BY hour SEPARATOR ' ')"
                    " FROM usage_hour WHERE tenant_id = 1")
                .bytes.at,
            "499655:20 499656:22", "and to the hour in which it began");
    ok(ledger_agrees(), "the ledger agrees");
    clock_set_unix_ms(0);
    turn_free(turn);
    turn_free(next);
}

static void for_nothing(void)
{
    struct turn_request request = asking("hello");
    request.model = &unpaid;
    budget_of_island(-1);
    struct turn *turn = admitted(anna, request);
    ok(turn->hold == 0 && held() == 0, "a model without a price holds nothing");
    answered(turn, "a", TURN_COMPLETE, 10, 5);
    ok(worked(settle_one(turn)) && held() == 0 && ledger_agrees(), "and costs nothing");
    turn_free(turn);
    budget_of_island(0);
    turn = admitted(anna, request);
    ok(turn->hold == 0, "it is there for those who have spent all");
    turn_free(turn);
}

/* ---- eight threads, and a cap that lets eleven turns through ---- */

static atomic_int taken, poor, other;

static void *ask_often(void *arg)
{
    struct db *own = arg;
    struct arena *mine = arena_new(16 << 20);
    struct error e;
    for (int i = 0; i < 12; i++) {
        struct turn_request request = asking_in(mine, "hello");
        struct turn *turn = NULL;
        struct turn_id ignored;
        request.max_tokens = 10;
        request.choices = 2; /* 20 tokens; fewer than 32 are refused rather than lowered */
        int rc = turn_admit(&chat, own, anna, &island, &request, mine, &turn, &ignored, &e);
        atomic_fetch_add(rc == 0 ? &taken : e.kind == ERROR_LIMIT ? &poor : &other, 1);
        if (rc != 0 && e.kind != ERROR_LIMIT)
            printf("# %s %s\n", e.code, e.log);
        if (turn)
            turn_free(turn);
    }
    arena_free(&mine);
    return NULL;
}

static void many_at_once(void)
{
    pthread_t threads[8];
    struct db *handles[8];
    int64_t one = PROMPT + 2 * 20;
    budget_of_island(11 * one + one / 2);
    int before = spool_files();
    for (int i = 0; i < 8; i++) {
        handles[i] = database_open_as("insula_worker");
        pthread_create(&threads[i], NULL, ask_often, handles[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        db_free(&handles[i]);
    }
    is_number(atomic_load(&taken), 11, "of 96 turns by eight threads as many as fit are taken");
    is_number(atomic_load(&poor), 85, "the others are told that the budget is used up");
    is_number(atomic_load(&other), 0, "and none fails otherwise");
    is_number(held(), 11 * one, "what is held is what was taken");
    is_number(spool_files() - before, 11, "and each has its file");
    ok(ledger_agrees(), "the ledger agrees");
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    upper_bounds();
    what_is_left();
    a_cap_that_is_new();
    months();
    for_nothing();
    many_at_once();
    return chats_end();
}
