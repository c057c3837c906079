/* Admission when things break: no spool, no database, two at once. Nothing is ever half kept. */
#include "chats.h"
#include "proxy.h"

#include <signal.h>
#include <sys/resource.h>

static int refused(struct turn_request request, enum error_kind kind, const char *code)
{
    struct turn *turn;
    const char *before = all_kept();
    bool is_so = failed_as(admit_on(worker, anna, &request, &turn), kind, code);
    const char *after = all_kept();
    if (strcmp(before, after))
        printf("# before %s\n# after  %s\n", before, after);
    return is_so && !turn && !strcmp(before, after);
}

static struct turn_request keyed(const char *text)
{
    struct turn_request request = asking(text);
    request.idempotency_key = str_of(text);
    return request;
}

/* ---- the spool ---- */

static void no_spool(void)
{
    const char *away = arena_printf(arena, "%s.away", spool_dir);
    if (rename(spool_dir, away) != 0)
        bail_out("rename");
    ok(refused(keyed("nowhere"), ERROR_UNAVAILABLE, "spool_unavailable") && err.retry_after_ms > 0,
       "without a spool no turn is taken and nothing is kept");
    rename(away, spool_dir);
    turn_free(admitted(anna, keyed("nowhere")));
    ok(spool_files() == 1, "when it is back the same request is taken");
}

static void limited_to(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* How long the file of a turn is that has just been taken. */
static rlim_t file_length(const struct turn *turn)
{
    struct stat facts;
    char id[ID_TEXT_MAX];
    if (stat(arena_printf(arena, "%s/1/%s", spool_dir, turn_id_text(turn->id, id)), &facts) != 0)
        bail_out("stat");
    return (rlim_t)facts.st_size;
}

static void a_full_disk(void)
{
    struct turn *taken = admitted(anna, asking("full"));
    rlim_t whole = file_length(taken);
    turn_free(taken);
    signal(SIGXFSZ, SIG_IGN);
    limited_to(10);
    ok(refused(keyed("full"), ERROR_UNAVAILABLE, "spool_unavailable"),
       "a disk that is full within the header: nothing is kept, no file either");
    limited_to(whole - 5);
    ok(refused(keyed("full"), ERROR_UNAVAILABLE, "spool_unavailable"),
       "nor where it is full behind it");
    limited_to(RLIM_INFINITY);
    turn_free(admitted(anna, keyed("full")));
    ok(spool_files() == 3 && ledger_agrees(), "when there is room the same request is taken");
}

/* ---- a commit that nobody can tell of ---- */

/* Nobody can say whether it was done: the client is told to come again, and whatever was done must
 * be undone soon, at no cost, since nothing was asked of anybody. */
static void untold_and_nobody_to_ask(void)
{
    struct turn_request request = keyed("nobody to ask");
    struct turn *turn;
    struct db *through = proxy_open();
    budget_of_island(1000000);
    proxy_lose_commit(LOSS_UNTOLD, 0, true);
    ok(failed_as(admit_on(through, anna, &request, &turn), ERROR_UNAVAILABLE,
                 "database_unavailable") &&
           !turn,
       "and when nobody can be asked: ERROR_UNAVAILABLE");
    db_free(&through);
    is_number(ask_number(db, "SELECT COUNT(*) FROM turn WHERE state = 'open' AND tenant_id = 1"), 1,
              "the row is there, and open");
    recover_after(10000);
    is_number(held(), 0, "seconds later its hold is given back");
    recover_after(3600000);
    ok(worked(admit_on(worker, anna, &request, &turn)) && turn,
       "the same request is then taken: its key does not lead to a turn that nobody was asked for");
    answered(turn, "", TURN_COMPLETE, 0, 0);
    settle_one(turn);
    turn_free(turn);
    is_number(ask_number(db, "SELECT used FROM budget WHERE tenant_id = 1"), 0,
              "and it costs nothing");
    ok(ledger_agrees(), "the ledger agrees");
}

/* ---- two at once ---- */

struct asker {
    struct db *db;
    struct conversation_id conversation;
    struct str key;
    pthread_barrier_t *start;
    int taken, attached, failed;
};

#define ROUNDS 25

static void *ask_in_rounds(void *arg)
{
    struct asker *a = arg;
    struct arena *mine = arena_new(32 << 20);
    struct error e = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        struct turn_request request = asking_in(mine, "again and again");
        struct turn *turn = NULL;
        struct turn_id other;
        request.conversation = a->conversation;
        if (a->key.at)
            request.idempotency_key = str_of(arena_printf(mine, "%s%d", a->key.at, i));
        pthread_barrier_wait(a->start);
        if (turn_admit(&chat, a->db, anna, &island, &request, mine, &turn, &other, &e) != 0) {
            printf("# %s %s\n", e.code, e.log);
            a->failed++;
        } else if (turn) {
            a->taken++;
            turn_free(turn);
        } else
            a->attached += !turn_id_is_zero(other);
    }
    arena_free(&mine);
    return NULL;
}

static void two_at_once(struct asker askers[2], struct conversation_id conversation, struct str key)
{
    pthread_barrier_t start;
    pthread_t threads[2];
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        askers[i] =
            (struct asker){ database_open_as("insula_worker"), conversation, key, &start, 0, 0, 0 };
        pthread_create(&threads[i], NULL, ask_in_rounds, &askers[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        db_free(&askers[i].db);
    }
    pthread_barrier_destroy(&start);
}

static void crossing(void)
{
    struct asker askers[2];
    struct conversation_id talk = exchange_of(anna, asking("talk"), "answer")->conversation;
    int files = spool_files();
    two_at_once(askers, talk, (struct str){ 0 });
    ok(!askers[0].failed && !askers[1].failed,
       "two that go on with one conversation at once are both taken");
    is_number(askers[0].taken + askers[1].taken, 2 * ROUNDS, "each time");
    two_at_once(askers, (struct conversation_id){ NO_UUID }, (struct str){ 0 });
    ok(askers[0].taken == ROUNDS && askers[1].taken == ROUNDS, "and so are two that begin one");
    is_number(spool_files() - files, 4 * ROUNDS, "each turn has its file, and no attempt left one");
    two_at_once(askers, talk, STR("retry"));
    ok(!askers[0].failed && !askers[1].failed, "a request and its retry at once: none fails");
    is_number(askers[0].taken + askers[1].taken, ROUNDS, "one is taken");
    is_number(askers[0].attached + askers[1].attached, ROUNDS, "the other attaches to it");
    is_number(spool_files() - files, 5 * ROUNDS, "and leaves no file");
    ok(ledger_agrees(), "the ledger agrees");
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    proxy_begin();
    no_spool();
    a_full_disk();
    untold_and_nobody_to_ask();
    crossing();
    proxy_end();
    return chats_end();
}
