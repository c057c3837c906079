/* A commit that nobody tells of: the connection breaks before the server hears it or before its
 * answer comes, or a node of a cluster fails it with 1180. The house looks up what became of it, or
 * the client asks again: every deed is kept, and once. */
#include "deeds.h"

#include "bar.h"

enum { HANDLES = 10 };

static const char *const losses[] = {
    [LOSS_UNHEARD] = "is dropped",
    [LOSS_UNTOLD] = "is done and its reply dropped",
};

static void lose_commit(const struct deed *deed, enum loss loss, int number, bool refuse)
{
    proxy_lose_commit(loss, number, refuse && deed->is_transaction);
    if (deed->is_transaction)
        return;
    atomic_store(&proxy.commits, false);
    proxy_lose(2, loss); /* of PREPARE and EXECUTE; it commits by itself */
}

/* The house says done, or 503: then the same is asked again. */
static bool done_once(const struct deed *deed, struct db *through, struct tally once)
{
    struct tally before = tally();
    bool is_done = deed->run(through) == 0, is_lost = atomic_load(&proxy.lost);
    bool is_honest = is_done || err.kind == ERROR_UNCERTAIN || /* 503 both, with a time to wait */
                     (err.kind == ERROR_UNAVAILABLE && err.retry_after_ms > 0);
    if (!is_done)
        is_done = deed->run(worker) == 0;
    if (is_honest && is_lost && is_done && tally_equal(tally_since(before), once))
        return true;
    printf("# %s: %s %s; %s\n", deed->words, err.code ? err.code : "done", err.message, err.log);
    return false;
}

static void try_often(const struct deed *deed, enum loss loss, int number, long rounds)
{
    struct db *handles[HANDLES];
    struct tally once;
    long good = 0;
    deed_measure(deed, &once);
    for (long i = 0; i < rounds; i++) {
        size_t place = (size_t)(i % HANDLES);
        for (size_t j = 0; place == 0 && j < HANDLES; j++)
            handles[j] = proxy_open();
        if (place == 0)
            pause_ms(220); /* a handle may connect anew at once, if it is let */
        deed->begin();
        lose_commit(deed, loss, number, i % 2);
        good += done_once(deed, handles[place], once);
        atomic_store(&proxy.refusing, false);
        for (size_t j = 0; j < HANDLES && (place == HANDLES - 1 || i == rounds - 1); j++)
            db_free(&handles[j]);
    }
    const char *how = number ? ", with error 1180" : "";
    bar(number ? "B28" : "B27",
        arena_printf(arena, "%s whose COMMIT %s%s: kept once", deed->words, losses[loss], how),
        good, rounds);
}

/* What was admitted and never answered by anybody costs nothing, and no file stays behind. */
static void nothing_is_left(void)
{
    recover_after(10000);
    is_number(ask_number(db, "SELECT COUNT(*) FROM turn WHERE state = 'open'"), 2,
              "then every turn is settled, but the two that live");
    ok(ledger_agrees(), "and the ledger agrees");
}

int main(int argc, char **argv)
{
    (void)argc;
    deeds_begin(argv);
    for (const struct deed *deed = deeds; deed < deeds + DEEDS - 1; deed++)
        for (int loss = LOSS_UNHEARD; loss <= LOSS_UNTOLD; loss++) {
            try_often(deed, (enum loss)loss, 0, bar_rounds(10, 100));
            try_often(deed, (enum loss)loss, 1180, bar_rounds(4, 20));
        }
    begin_settlement();
    nothing_is_left();
    return deeds_end();
}
