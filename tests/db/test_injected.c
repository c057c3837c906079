/* MariaDB's errors at every command of whatever is written: 1213 (deadlock, also a cluster's at
 * COMMIT), 1205 (lock wait, which leaves the transaction open), 1020, 1047 (a node that is not
 * ready), and 2013 (the connection is gone). Three tries, then 503; never half of anything. */
#include "deeds.h"

#include "bar.h"

static const int numbers[] = { 1213, 1205, 1020, 1047 };
static const int no_writes[] = { 1290, 1836, 1021, 1114, 1026 };
enum { NUMBERS = sizeof numbers / sizeof numbers[0], TRIES = 3 };
enum { NO_WRITES = sizeof no_writes / sizeof no_writes[0] };

/* How many were tried. half: nothing was kept, of all but once. */
struct score {
    long once, stays, writes, lost, half;
    long once_good, stays_good, writes_good, lost_good, half_good;
};

static void complain(const struct deed *deed, const char *how, int command)
{
    printf("# %s, %s at command %d: %s %s; %s\n", deed->words, how, command,
           err.code ? err.code : "", err.message, err.log);
}

static bool is_503(int rc)
{
    return rc == -1 && err.kind == ERROR_UNAVAILABLE && err.retry_after_ms > 0;
}

static void refuse_once(const struct deed *deed, int command, int number, struct tally once,
                        struct score *score)
{
    deed->begin();
    struct tally before = tally();
    struct db *through = proxy_open();
    proxy_refuse(command, number, false);
    int rc = deed->run(through);
    bool good =
        rc == 0 && atomic_load(&proxy.spoiled) == 1 && tally_equal(tally_since(before), once);
    if (!good)
        complain(deed, "refused once", command);
    score->once++;
    score->once_good += good;
    db_free(&through);
}

static void refuse_always(const struct deed *deed, int command, int number, struct score *score)
{
    const char *before = all_kept();
    struct db *through = proxy_open();
    proxy_refuse(command, number, true);
    bool good = is_503(deed->run(through)) && atomic_load(&proxy.spoiled) == TRIES;
    if (!good)
        complain(deed, "refused always", command);
    score->stays++;
    score->stays_good += good;
    score->half++;
    score->half_good += !strcmp(before, all_kept());
    db_free(&through);
}

/* Read-only, or a full disk: nothing to try again. */
static void refuse_write(const struct deed *deed, int command, struct score *score)
{
    const char *before = all_kept();
    struct db *through = proxy_open();
    proxy_refuse(command, no_writes[command % NO_WRITES], false);
    bool good = is_503(deed->run(through)) && atomic_load(&proxy.spoiled) == 1;
    if (!good)
        complain(deed, "not written", command);
    score->writes++;
    score->writes_good += good;
    score->half++;
    score->half_good += !strcmp(before, all_kept());
    db_free(&through);
}

static void lose(const struct deed *deed, int command, enum loss loss, struct score *score)
{
    const char *before = all_kept();
    struct db *through = proxy_open();
    proxy_lose(command, loss);
    bool good = is_503(deed->run(through));
    if (!good)
        complain(deed, "lost", command);
    score->lost++;
    score->lost_good += good;
    score->half++;
    score->half_good += !strcmp(before, all_kept());
    db_free(&through);
}

/* In the short form a third of the places, and COMMIT in each case. */
static void try_deed(const struct deed *deed, struct score *score)
{
    struct tally once;
    int commands = deed_measure(deed, &once), step = (int)bar_rounds(3, 1);
    ok(commands >= (deed->is_transaction ? 12 : 2), "%s takes %d commands", deed->words, commands);
    for (int i = 1; i <= commands; i++)
        for (int n = 0; n < NUMBERS; n++)
            if ((i + n) % step == 0 || i == commands) {
                refuse_once(deed, i, numbers[n], once, score);
                deed->begin();
                refuse_always(deed, i, numbers[n], score);
            }
    deed->begin();
    for (int i = 1; i <= commands; i++)
        refuse_write(deed, i, score);
    for (int i = 1; i < commands; i++) /* the last commits: test_commit_lost.c */
        for (int loss = LOSS_UNHEARD; loss <= LOSS_UNTOLD; loss++)
            lose(deed, i, (enum loss)loss, score);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct score score = { 0 };
    deeds_begin(argv);
    for (const struct deed *deed = deeds; deed < deeds + DEEDS; deed++)
        try_deed(deed, &score);
    bar("B28", "1213, 1205, 1020 or 1047 once at a command: done at the second try, and once",
        score.once_good, score.once);
    bar("B28", "the same error for good: 503 after three tries", score.stays_good, score.stays);
    bar("B28", "1290, 1836, 1021, 1114 or 1026, it takes no writes: 503 at once", score.writes_good,
        score.writes);
    bar("B28", "2013, the connection lost before COMMIT: 503", score.lost_good, score.lost);
    bar("B28", "and nothing of it is kept, neither row nor file", score.half_good, score.half);
    ok(ledger_agrees(), "the ledger agrees");
    return deeds_end();
}
