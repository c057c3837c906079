/* What is written for clients, as deeds that a test can try over a broken connection and then try
 * again, as the client or the ledger would; and a tally of the rows, which tells once from twice.
 */
#ifndef INSULA_TESTS_DB_DEEDS_H
#define INSULA_TESTS_DB_DEEDS_H

#include "chats.h"
#include "chat/forget.h"
#include "proxy.h"

struct deed {
    const char *words;
    void (*begin)(void);       /* makes what the next one is about */
    int (*run)(struct db *on); /* does it, or finds it done */
    bool is_transaction;
};

static struct turn_request wanted;
static struct turn *answers[2];
static struct conversation_id talk;
static struct turn_id forgotten;

static inline const char *never_said_before(void)
{
    static int count;
    return arena_printf(arena, "words %06d", ++count);
}

static inline void begin_turn(void)
{
    const char *words = never_said_before();
    wanted = asking(words);
    wanted.idempotency_key = str_of(words);
}

static inline void begin_next_turn(void)
{
    begin_turn();
    wanted.conversation = exchange_of(anna, asking("talk"), "answer")->conversation;
}

/* Its spool is closed at once: nobody holds it, as if its worker had died. */
static inline int run_turn(struct db *on)
{
    struct turn *turn;
    int rc = admit_on(on, anna, &wanted, &turn);
    if (turn)
        turn_free(turn);
    return rc;
}

static inline void begin_settlement(void)
{
    const struct tenant_scope *scopes[] = { anna, bert };
    for (int i = 0; i < 2; i++) {
        if (answers[i])
            turn_free(answers[i]);
        answers[i] = admitted(scopes[i], asking("***"));
        answered(answers[i], "words", TURN_COMPLETE, 10, 5);
    }
}

static inline int run_settlement(struct db *on)
{
    struct settlement list[] = { turn_settlement(answers[0]), turn_settlement(answers[1]) };
    err = (struct error){ 0 };
    return settle_batch(on, list, 2, &err);
}

static inline void begin_conversation(void)
{
    wanted = asking(never_said_before());
}

static inline int run_conversation(struct db *on)
{
    struct conversation made;
    err = (struct error){ 0 };
    return conversation_create(anna, on, STR("new"), STR(""), 1, &made, &err);
}

static inline void begin_rename(void)
{
    struct conversation made;
    if (conversation_create(anna, worker, STR("old"), STR(""), 1, &made, &err) != 0)
        bail_out("conversation");
    talk = made.id;
}

static inline int run_rename(struct db *on)
{
    struct conversation_change change = { STR("renamed"), -1, -1 };
    err = (struct error){ 0 };
    return conversation_change(anna, on, talk, 0, &change, 2, &err);
}

static inline void begin_forgetting(void)
{
    wanted = asking(never_said_before());
    wanted.settings = STR("{}");
    forgotten = exchange_of(anna, wanted, "answer")->id;
}

static inline int run_forgetting(struct db *on)
{
    err = (struct error){ 0 };
    int rc = response_forget(anna, on, forgotten, &err);
    return rc < 0 && err.kind == ERROR_NOT_FOUND ? 0 : rc;
}

static const struct deed deeds[] = {
    { "a new turn", begin_turn, run_turn, true },
    { "the next turn of a conversation", begin_next_turn, run_turn, true },
    { "a settlement of two turns", begin_settlement, run_settlement, true },
    { "a new conversation", begin_conversation, run_conversation, false },
    { "a response that is forgotten", begin_forgetting, run_forgetting, true },
    { "a rename", begin_rename, run_rename, false },
};
enum { DEEDS = sizeof deeds / sizeof deeds[0] };

enum { TALLIES = 8 };
struct tally {
    int64_t n[TALLIES];
};

/* The difference of two tells how often a deed was done. */
static inline struct tally tally(void)
{
    struct tally now;
    struct rows rows;
    if (db_run(
            db,
            "SELECT (SELECT COUNT(*) FROM turn), (SELECT COUNT(*) FROM turn WHERE state = 'open'),"
            " (SELECT COUNT(*) FROM message), (SELECT COUNT(*) FROM conversation),"
            " (SELECT SUM(version) FROM conversation), (SELECT COUNT(*) FROM idempotency),"
            " (SELECT SUM(held) FROM budget), (SELECT SUM(used) FROM budget)",
            NULL, 0, arena, &rows, NULL, &err) != 0)
        bail_out("tally");
    for (size_t i = 0; i < TALLIES; i++)
        now.n[i] = rows_at(&rows, 0, i)->integer;
    return now;
}

static inline struct tally tally_since(struct tally before)
{
    struct tally now = tally();
    for (int i = 0; i < TALLIES; i++)
        now.n[i] -= before.n[i];
    return now;
}

static inline bool tally_equal(struct tally a, struct tally b)
{
    return !memcmp(&a, &b, sizeof a);
}

/* What a deed adds, and how many commands it takes, COMMIT being the last. (The month's first turn
 * makes the budget's row, so it is none to measure.) */
static inline int deed_measure(const struct deed *deed, struct tally *out)
{
    struct db *through = proxy_open();
    turn_free(admitted(anna, asking("first")));
    deed->begin();
    struct tally before = tally();
    if (deed->run(through) != 0)
        bail_out(deed->words);
    *out = tally_since(before);
    db_free(&through);
    return atomic_load(&proxy.commands);
}

static inline void deeds_begin(char **argv)
{
    chats_begin(argv);
    proxy_begin();
}

static inline int deeds_end(void)
{
    for (int i = 0; i < 2; i++)
        if (answers[i])
            turn_free(answers[i]);
    proxy_end();
    return chats_end();
}

#endif
