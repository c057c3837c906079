/* Months, years and clocks that are set: a turn is held and charged in the month that it began in,
 * whatever the clock does meanwhile; and the largest numbers that the books can hold. */
#include "bar.h"
#include "wrecks.h"

#define HOUR_MS 3600000LL
#define DAY_MS  (24 * HOUR_MS)

/* Midnights at which a month begins, and moments that clocks and calendars have stumbled over. */
static const int64_t edges[] = {
    1798761600000, /* 2027-01-01: a year ends */
    1803859200000, /* 2027-03-01: no leap year */
    1835395200000, /* 2028-02-29 */
    1835481600000, /* 2028-03-01: a leap year */
    1806195600000, /* 2027-03-28T01:00Z: summer time begins in Europe */
    1824944400000, /* 2027-10-31T01:00Z: and ends */
    2147483648000, /* 2^31 seconds */
    4102444800000, /* 2100-01-01 */
    4107542400000, /* 2100-03-01: a century without a leap day */
    4294967296000, /* 2^32 seconds */
};
enum { EDGES = sizeof edges / sizeof *edges };

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift: the same numbers on every machine. */
static int64_t random_below(int64_t most)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int64_t)(state % (uint64_t)most);
}

/* The month by SQL's calendar, not ours. */
static int64_t month_of(int64_t unix_ms)
{
    return ask_number(db, arena_printf(arena,
                                       "SELECT EXTRACT(YEAR_MONTH FROM '1970-01-01' + INTERVAL"
                                       " %lld SECOND)",
                                       (long long)unix_ms / 1000));
}

static int64_t of_month(const char *what, int64_t month)
{
    return ask_number(db, arena_printf(arena,
                                       "SELECT COALESCE(SUM(%s), 0) FROM budget WHERE tenant_id ="
                                       " 1 AND period = %lld",
                                       what, (long long)month));
}

/* One turn that begins at a moment and ends at another; true: held and charged where it began. */
static bool crosses(int64_t begin_ms, int64_t end_ms)
{
    clock_set_unix_ms(begin_ms);
    int64_t month = month_of(begin_ms), used = of_month("used", month);
    struct turn *turn = admitted(anna, asking("question"));
    bool is_held = of_month("held", month) == turn->hold && held() == turn->hold;
    clock_set_unix_ms(end_ms);
    int64_t others = of_month("used", month_of(end_ms));
    answered(turn, "answer", TURN_COMPLETE, 10, 5);
    bool is_settled = settle_one(turn) == 0 && turn->period == month;
    turn_free(turn);
    bool is_moved = month_of(end_ms) == month || of_month("used", month_of(end_ms)) == others;
    return is_held && is_settled && is_moved && held() == 0 && of_month("used", month) == used + 20;
}

static void turns_stay_in_their_month(void)
{
    static const int64_t steps[] = { 1,          1000,         HOUR_MS,
                                     -HOUR_MS,   25 * HOUR_MS, -25 * HOUR_MS,
                                     40 * DAY_MS };
    long right = 0, tried = 0, each = bar_rounds(1, 20);
    anew();
    for (size_t i = 0; i < EDGES; i++)
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++)
            for (long n = 0; n < each; n++, tried++)
                right += crosses(edges[i] - 1 - random_below(500), edges[i] + steps[j]) &&
                         crosses(edges[i] + random_below(500), edges[i] - steps[j]);
    bar("B37",
        "a turn is held and charged in the month it began in, across ends of months and steps",
        right, tried);
    is_number(ask_number(db, "SELECT COUNT(*) FROM budget WHERE used < 0 OR held <> 0"), 0,
              "no sum is negative, nothing stays held");
    ok(ledger_agrees(), "the ledger agrees");
}

/* Its file lies in the future then. */
static void a_clock_set_back_hides_no_wreck(void)
{
    static const int64_t steps[] = { 0, HOUR_MS, -HOUR_MS, 25 * HOUR_MS, -25 * HOUR_MS };
    int settled = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        anew();
        struct turn *turn = left_behind(anna, CHUNK_OF("half"));
        later(10000 + steps[i]);
        settled += recover() == 1 && is_row(turn, "interrupted", "worker_lost", "counted", 4, 1, 6);
    }
    bar("B37", "a lost worker's turn is settled whether the clock was set forward or back", settled,
        sizeof steps / sizeof *steps);
}

static void the_largest_numbers(void)
{
    anew();
    paid.price_in = paid.price_cached = paid.price_out = 1000000000000; /* the dearest allowed */
    struct turn *turn = admitted(anna, (island.monthly_budget = -1, asking("question")));
    answered(turn, "answer", TURN_COMPLETE, 1000000000, 1000000000); /* the most that is believed */
    is_number(settle_one(turn), 0, "the dearest turn of all is settled");
    turn_free(turn);
    is_number(of_month("used", clock_period(clock_unix_ms())), 2000000000000000,
              "to the last unit");
    must(db, "UPDATE budget SET used = cap - 10000000 WHERE tenant_id = 1");
    must(db, "UPDATE turn SET cost = (SELECT used FROM budget WHERE tenant_id = 1)");
    must(db, "UPDATE usage_hour SET cost = (SELECT used FROM budget WHERE tenant_id = 1)");
    struct turn_request request = asking("");
    request.max_tokens = 17;
    is_number(admit_on(worker, anna, &request, &turn), -1, "a month without a cap has an end too");
    ok(failed_as(-1, ERROR_LIMIT, "insufficient_quota"), "which is a limit like any other");
    paid.price_in = paid.price_cached = 1000000, paid.price_out = 2000000;
    is_number(admit_on(worker, anna, &request, &turn), 0, "what fits is taken");
    paid.price_in = paid.price_cached = paid.price_out = INT64_MAX;
    answered(turn, "answer", TURN_COMPLETE, 1000000000,
             1000000000); /* no price that insulactl takes */
    is_number(settle_one(turn), 0, "and settled, though it came to more than all numbers");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
    turn_free(turn);
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    turns_stay_in_their_month();
    a_clock_set_back_hides_no_wreck();
    the_largest_numbers();
    anew();
    return chats_end();
}
