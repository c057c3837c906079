/* Admission of many turns at once: one commit, and yet each turn's outcome is its own. */
#include "chats.h"
#include "proxy.h"

#include "bar.h"

#define MANY 24
#define ONE                                                                                        \
    (prompt_tokens_of(STR("hello")) + 2 * 100) /* the most that "hello" and its answer cost */

static struct admission list[MANY];
static struct turn_request requests[MANY];

static void asks(size_t i, const struct tenant_scope *scope, struct turn_request request)
{
    requests[i] = request;
    list[i] = (struct admission){ .scope = scope,
                                  .tenant = scope_tenant(scope).v == 1 ? &island : &reef,
                                  .request = &requests[i],
                                  .arena = arena };
}

static struct turn_request keyed(const char *text, const char *key)
{
    struct turn_request request = asking(text);
    request.idempotency_key = str_of(key);
    return request;
}

static struct turn_request going_on(const char *text, struct conversation_id conversation)
{
    struct turn_request request = asking(text);
    request.conversation = conversation;
    return request;
}

static bool is_refused(size_t i, const char *code)
{
    bool is_so = !list[i].turn && turn_id_is_zero(list[i].attached) && list[i].error.kind &&
                 !strcmp(list[i].error.code, code);
    if (!is_so)
        printf("# turn %zu: %s\n", i, list[i].error.kind ? list[i].error.code : "admitted");
    return is_so;
}

static bool is_admitted(size_t i)
{
    struct turn_row row;
    bool is_so = list[i].turn && list[i].turn->spool && !list[i].error.kind &&
                 turn_find(list[i].scope, worker, list[i].turn->id, arena, &row, &err) == 0 &&
                 !row.settled;
    if (!is_so)
        printf("# turn %zu: %s %s\n", i, list[i].error.kind ? list[i].error.code : "no row",
               list[i].error.log);
    return is_so;
}

static int count_admitted(size_t from, size_t to)
{
    int count = 0;
    for (size_t i = from; i < to; i++)
        count += is_admitted(i);
    return count;
}

static void forget_turns(size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].turn)
            turn_free(list[i].turn);
}

/* ---- together ---- */

static void of_several_tenants(void)
{
    const struct tenant_scope *const who[] = { bert, anna, carl };
    struct conversation_id talk = exchange_of(anna, asking("talk"), "answer")->conversation;
    for (size_t i = 0; i < MANY - 1; i++)
        asks(i, who[i % 3], asking(arena_printf(arena, "question %zu", i)));
    asks(MANY - 1, anna, going_on("and then?", talk));
    struct db *through = proxy_open();
    int files = spool_files();
    atomic_store(&proxy.commits, true);
    atomic_store(&proxy.countdown, 1000);
    turns_admit(&chat, through, list, MANY);
    is_number(1000 - atomic_load(&proxy.countdown), 1, "24 turns of two tenants are one commit");
    ok(atomic_load(&proxy.commands) < 30, "of %d commands", atomic_load(&proxy.commands));
    db_free(&through);
    is_number(count_admitted(0, MANY), MANY, "each is admitted");
    is_number(spool_files() - files, MANY, "and has its file");
    is_number(ask_number(db, "SELECT COUNT(*) FROM turn t JOIN message m ON m.message_id ="
                             " t.parent_id AND m.tenant_id = t.tenant_id AND m.user_id = t.user_id"
                             " AND m.conversation_id = t.conversation_id JOIN conversation c ON"
                             " c.conversation_id = t.conversation_id AND c.user_id = t.user_id AND"
                             " c.tenant_id = t.tenant_id AND c.leaf_id = t.parent_id"
                             " WHERE t.state = 'open'"),
              MANY, "each question is its person's own, in a conversation that goes on from it");
    int right = 0;
    for (size_t i = 0; i < MANY - 1; i++) {
        struct message m;
        struct turn *turn = list[i].turn;
        right += message_find(who[i % 3], worker, turn->conversation, turn->parent, arena, &m,
                              &err) == 0 &&
                 str_is(m.content, arena_printf(arena, "question %zu", i));
    }
    is_number(right, MANY - 1, "and has its own words");
    is_number(list[MANY - 1].turn->completion.message_count, 3, "one brings its history");
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(MANY);
}

/* What a turn alone says to the database, once its statements are prepared. */
static void few_words(void)
{
    struct turn_request request = asking("hello");
    struct db *through = proxy_open();
    struct turn *turn;
    int counts[2];
    for (int i = 0; i < 4; i++) {
        request.stored = i % 2;
        atomic_store(&proxy.commands, 0);
        if (admit_on(through, bert, &request, &turn) != 0)
            bail_out("admit");
        counts[i % 2] = atomic_load(&proxy.commands);
        turn_free(turn);
    }
    is_number(counts[0], 3, "a turn that is not kept: its row, its hold, COMMIT");
    is_number(counts[1], 5, "one that is: conversation and message besides");
    db_free(&through);
}

/* The second is to see what the first has done. */
static void two_of_one_conversation(void)
{
    struct conversation_id talk = exchange_of(anna, asking("q"), "a")->conversation;
    asks(0, anna, going_on("first", talk));
    asks(1, anna, going_on("second", talk));
    asks(2, anna, keyed("once", "k"));
    asks(3, anna, keyed("once", "k"));
    asks(4, carl, keyed("once", "k"));
    turns_admit(&chat, worker, list, 5);
    ok(is_admitted(0) && is_admitted(1) && list[1].turn->completion.message_count == 4,
       "two that go on with one conversation: the second brings the first's question");
    ok(is_admitted(2) && !list[3].turn && turn_id_equal(list[3].attached, list[2].turn->id),
       "two with one key: the second attaches to the first");
    ok(is_admitted(4), "a colleague's key is another");
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(5);
}

/* ---- one fails, the others do not ---- */

static void each_its_own_failure(void)
{
    struct conversation_id berts = exchange_of(bert, asking("mine"), "a")->conversation;
    struct conversation_id annas = exchange_of(anna, asking("mine"), "a")->conversation;
    turn_free(admitted(anna, keyed("this", "used")));
    budget_of_island(-1);
    const char *keys = "SELECT COUNT(*) FROM idempotency";
    int64_t before = ask_number(db, keys);
    int files = spool_files();
    asks(0, anna, asking("good"));
    asks(1, anna, going_on("not yours", berts));
    asks(2, bert, asking("good too"));
    asks(3, anna, keyed("that", "used"));
    requests[3].body_raw = STR("{\"other\":1}");
    asks(4, carl, keyed("keyed, but not yours", "free again"));
    requests[4].conversation = annas;
    asks(5, anna, going_on("a stranger's parent", annas));
    requests[5].has_parent = true;
    requests[5].parent = message_id_new();
    asks(6, carl, keyed("keyed and good", "kept"));
    turns_admit(&chat, worker, list, 7);
    ok(is_refused(1, "conversation_not_found") && is_refused(4, "conversation_not_found"),
       "a conversation of another tenant, or of a colleague, is not there");
    ok(is_refused(3, "idempotency_mismatch"), "a key that was used for something else");
    ok(is_refused(5, "message_not_found"), "a message that is not there");
    ok(is_admitted(0) && is_admitted(2) && is_admitted(6), "the others are admitted");
    ok(spool_files() == files + 3 && ask_number(db, keys) == before + 1,
       "of those that are not, neither file nor key is kept");
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(7);
}

/* What only the database refuses: found out when all rows are written at once. */
static void one_that_cannot_be_written(void)
{
    for (size_t i = 0; i < 6; i++)
        asks(i, i % 2 ? bert : anna, keyed("word", arena_printf(arena, "w%zu", i)));
    requests[3].prompt.messages[0].content = STR("\xff\xfe");
    int files = spool_files();
    turns_admit(&chat, worker, list, 6);
    ok(is_refused(3, "database"), "one that cannot be stored is refused");
    is_number(count_admitted(0, 3) + count_admitted(4, 6), 5, "the five others are admitted");
    ok(spool_files() == files + 5 &&
           !ask_number(db, "SELECT COUNT(*) FROM idempotency WHERE name = 'w3'"),
       "of it nothing is kept");
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(6);
}

static void a_tenant_without_a_spool(void)
{
    const char *folder = arena_printf(arena, "%s/2", spool_dir);
    const char *away = arena_printf(arena, "%s/2.away", spool_dir);
    if (rename(folder, away) != 0 || symlink("/dev/null", folder) != 0)
        bail_out("no folder");
    for (size_t i = 0; i < 4; i++)
        asks(i, i % 2 ? bert : anna, asking("where?"));
    turns_admit(&chat, worker, list, 4);
    ok(is_refused(1, "spool_unavailable") && is_refused(3, "spool_unavailable"),
       "where a tenant's files cannot be made its turns are refused");
    ok(is_admitted(0) && is_admitted(2), "another's are not");
    unlink(folder);
    rename(away, folder);
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(4);
}

/* Somebody keeps the row of island's budget: its turns cannot be held for. */
static int while_locked(struct db *on, void *arg, struct error *e)
{
    (void)e;
    must(on, "UPDATE budget SET used = used + 1 WHERE tenant_id = 1");
    turns_admit(&chat, arg, list, 4);
    return -1;
}

static void a_locked_row(void)
{
    struct db *hasty = database_open_as("insula_worker");
    struct error rolled_back = { 0 };
    must(hasty, "SET SESSION innodb_lock_wait_timeout = 1");
    for (size_t i = 0; i < 4; i++)
        asks(i, i == 2 ? anna : bert, asking("wait"));
    (void)!db_transaction(db, while_locked, hasty, &rolled_back);
    ok(is_refused(2, "database_busy"), "a turn that meets a locked row is told to come back");
    is_number(count_admitted(0, 2) + count_admitted(3, 4), 3,
              "those that came with it are admitted");
    db_free(&hasty);
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(4);
}

/* ---- money ---- */

static void as_many_as_the_budget_lets(void)
{
    budget_of_island(7 * ONE + 5);
    for (size_t i = 0; i < MANY; i++)
        asks(i, i % 4 == 3 ? bert : i % 2 ? carl : anna, asking("hello"));
    turns_admit(&chat, worker, list, MANY);
    int island_taken = 0, reef_taken = 0, poor = 0;
    for (size_t i = 0; i < MANY; i++) {
        island_taken += i % 4 != 3 && list[i].turn;
        reef_taken += i % 4 == 3 && list[i].turn;
        poor += i % 4 != 3 && list[i].error.kind == ERROR_LIMIT;
    }
    ok(island_taken == 7 && poor == 11, "a budget for seven: seven of eighteen (%d, %d)",
       island_taken, poor);
    is_number(reef_taken, 6, "the other tenant's are all admitted");
    is_number(held(), 7 * ONE, "what is held is what was taken");
    ok(ledger_agrees(), "the ledger agrees");
    forget_turns(MANY);
}

#define THREADS 6

static void *ask_in_batches(void *arg)
{
    struct db *own = database_open_as("insula_worker");
    struct arena *mine = arena_new(64 << 20);
    struct turn_request wish = asking_in(mine, "hello");
    long *taken = arg;
    for (int round = 0; round < 4; round++) {
        struct admission batch[8];
        for (size_t i = 0; i < 8; i++)
            batch[i] = (struct admission){ .scope = i % 2 ? anna : bert,
                                           .tenant = i % 2 ? &island : &reef,
                                           .request = &wish,
                                           .arena = mine };
        turns_admit(&chat, own, batch, 8);
        for (size_t i = 0; i < 8; i++) {
            taken[i % 2] += batch[i].turn != NULL;
            taken[2] += !batch[i].turn && batch[i].error.kind != ERROR_LIMIT;
            if (batch[i].turn)
                turn_free(batch[i].turn);
        }
    }
    arena_free(&mine);
    db_free(&own);
    return NULL;
}

static void batches_at_once(void)
{
    long rounds = bar_rounds(2, 20), exact = 0;
    for (long round = 0; round < rounds; round++) {
        pthread_t threads[THREADS];
        long taken[THREADS][3] = { { 0 } }, sums[3] = { 0 };
        budget_of_island(11 * ONE + 5);
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, ask_in_batches, taken[i]);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            for (int k = 0; k < 3; k++)
                sums[k] += taken[i][k];
        }
        exact += sums[1] == 11 && sums[0] == THREADS * 16 && !sums[2] && held() == 11 * ONE;
        if (exact != round + 1)
            printf("# island %ld, reef %ld, failed %ld\n", sums[1], sums[0], sums[2]);
    }
    bar("B5", "batches of two tenants by six threads, a budget for 11: exactly 11, the other all",
        exact, rounds);
    ok(ledger_agrees(), "the ledger agrees");
}

/* ---- the connection, lost at every command ---- */

static bool all_unavailable(size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all &= !list[i].turn && list[i].error.kind == ERROR_UNAVAILABLE &&
               list[i].error.retry_after_ms > 0;
    return all;
}

static void four(void)
{
    for (size_t i = 0; i < 4; i++)
        asks(i, i % 2 ? bert : anna, asking("lost"));
}

static void lost_at_every_command(void)
{
    budget_of_island(-1);
    turn_free(admitted(anna, asking("the month's first makes its budget")));
    four();
    struct db *through = proxy_open();
    turns_admit(&chat, through, list, 4);
    forget_turns(4);
    db_free(&through);
    int commands = atomic_load(&proxy.commands), half = 0, wrong = 0;
    const char *before = all_kept();
    for (int loss = LOSS_UNHEARD; loss <= LOSS_UNTOLD; loss++)
        for (int i = 1; i < commands; i++) {
            through = proxy_open();
            proxy_lose(i, (enum loss)loss);
            four();
            turns_admit(&chat, through, list, 4);
            wrong += !all_unavailable(4);
            db_free(&through);
            half += strcmp(before, all_kept()) != 0;
        }
    is_number(wrong, 0, "lost at any of %d commands before COMMIT all are ERROR_UNAVAILABLE",
              commands);
    is_number(half, 0, "and nothing of them is kept, neither row nor file");
}

static void a_commit_of_many_is_lost(void)
{
    const char *before = all_kept();
    struct db *through = proxy_open();
    chat.doubt_ms = 5000; /* a lost connection is made again a moment later */
    proxy_lose_commit(LOSS_UNHEARD, 0, false);
    four();
    turns_admit(&chat, through, list, 4);
    ok(all_unavailable(4), "a COMMIT of four that the server has not heard: all ERROR_UNAVAILABLE");
    is_text(all_kept(), before, "and nothing is kept");
    db_free(&through);
    through = proxy_open();
    proxy_lose_commit(LOSS_UNTOLD, 0, false);
    four();
    turns_admit(&chat, through, list, 4);
    is_number(count_admitted(0, 4), 4, "done and not told: each is looked up, and admitted");
    ok(ledger_agrees(), "the ledger agrees");
    chat.doubt_ms = 0;
    db_free(&through);
    forget_turns(4);
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    proxy_begin();
    exchange_of(bert, asking("the month's first makes its budget"), "a");
    of_several_tenants();
    few_words();
    two_of_one_conversation();
    each_its_own_failure();
    one_that_cannot_be_written();
    a_tenant_without_a_spool();
    a_locked_row();
    as_many_as_the_budget_lets();
    batches_at_once();
    lost_at_every_command();
    a_commit_of_many_is_lost();
    proxy_end();
    return chats_end();
}
