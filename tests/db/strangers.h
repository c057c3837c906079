/* The strangers: every function of include/store/ is run by another tenant, by another tenant's
 * user of the same id, and by a colleague, on rows that are not theirs: it finds and changes
 * nothing. Who adds a function there adds it here (tests/tools/strangers.sh sees to it), in every
 * form that its statement can take: tests/db/test_mutants.c takes the walls out of each statement
 * and wants to hear a stranger complain. */
#ifndef INSULA_TESTS_DB_STRANGERS_H
#define INSULA_TESTS_DB_STRANGERS_H

#include "store/budgets.h"
#include "store/conversations.h"
#include "store/idempotency.h"
#include "store/messages.h"
#include "store/responses.h"
#include "store/turns.h"
#include "store/usage.h"
#include "store/users.h"

#include "people.h"

static struct conversation talk, nameless; /* talk is pinned, and has a title */
static struct message word;
static struct turn_row turn;
static struct response_row reply;
static char hash[32] = "0123456789abcdef0123456789abcde";
static struct idempotency key = { { hash, sizeof hash }, { NO_UUID }, 5000 };
static const int32_t period = 202611, hour = 500000, day = 20000;
static const struct usage_sum one = { 1, 1, 1, 1, 1, 1, 1 };
static const int64_t now_ms = 3600000LL * 100;

static void must_work(int rc, const char *what)
{
    if (rc != 0)
        bail_out(what);
}

static void make_talk(const struct tenant_scope *anna)
{
    struct conversation_change pin = { .pinned = 1, .archived = -1 };
    must_work(conversation_create(anna, worker, STR("mine"), STR("m"), 1, &talk, &err), "create");
    must_work(conversation_change(anna, worker, talk.id, 0, &pin, 1, &err), "pin");
    must_work(conversation_create(anna, worker, STR(""), STR("m"), 1, &nameless, &err), "create");
    word = (struct message){ .id = message_id_new(),
                             .role = STR("user"),
                             .content = STR("secret"),
                             .state = STR("complete") };
    must_work(message_append(anna, worker, talk.id, &word, &err), "append");
}

/* One row of every kind, anna's of tenant 1. */
static void make_rows(const struct tenant_scope *anna)
{
    struct budget budget;
    bool flag;
    make_talk(anna);
    turn = (struct turn_row){ .id = turn_id_new(),
                              .conversation = talk.id,
                              .parent = word.id,
                              .answer = message_id_new(),
                              .model = STR("m"),
                              .provider = provider_id_new(),
                              .period = period,
                              .hold = 100,
                              .usage_source = STR("counted"),
                              .outcome = STR("complete"),
                              .code = STR(""),
                              .cost = 10 };
    must_work(turn_open(anna, worker, &turn, STR("sealed"), &err), "open");
    reply = (struct response_row){ turn.id, talk.id, word.id, STR("{\"user\":\"anna\"}") };
    must_work(response_add(anna, worker, &reply, &err), "response");
    must_work(budget_find(anna, worker, period, 1000, arena, &budget, &err), "budget");
    must_work(budget_hold(anna, worker, period, 100, &flag, &err), "hold");
    key.turn = turn.id;
    must_work(idempotency_claim(anna, worker, STR("key"), &key, &flag, &err), "claim");
    must_work(usage_add(anna, worker, hour, STR("m"), &one, &err), "usage");
    must_work(active_user_add(anna, worker, day, &err), "active");
}

/* What a stranger may leave are rows of his own: they are taken away before one looks. */
static const char *annas_rows(void)
{
    must(db, "DELETE FROM conversation WHERE tenant_id <> 1 OR user_id <> REPEAT('a', 16)");
    must(db, "DELETE FROM turn WHERE tenant_id <> 1 OR user_id <> REPEAT('a', 16)");
    must(db, "DELETE FROM idempotency WHERE tenant_id <> 1 OR user_id <> REPEAT('a', 16)");
    must(db, "DELETE FROM active_user WHERE tenant_id <> 1 OR user_id <> REPEAT('a', 16)");
    must(db, "DELETE FROM budget WHERE tenant_id <> 1");
    must(db, "DELETE FROM usage_hour WHERE tenant_id <> 1");
    return all_rows();
}

static bool is_none(int rc, const char *code)
{
    return failed_as(rc, ERROR_NOT_FOUND, code);
}

static void find_conversations(const struct tenant_scope *other, const char *who)
{
    struct conversation found = { 0 }, *list;
    struct uuid last;
    size_t count;
    memset(&last, 255, sizeof last);
    for (int lock = 0; lock <= 1; lock++)
        ok(is_none(conversation_find(other, worker, talk.id, lock, arena, &found, &err),
                   "conversation_not_found"),
           "%s: conversation_find%s", who, lock ? ", locking" : "");
    for (int form = 0; form < 8; form++) {
        struct conversation_filter filter = { .archived = form & 1,
                                              .pinned_only = form & 2,
                                              .has_after = form & 4,
                                              .after = last,
                                              .limit = 100 };
        count = 1;
        ok(worked(conversation_list(other, worker, &filter, arena, &list, &count, &err)) &&
               count == 0,
           "%s: conversation_list (form %d)", who, form);
    }
}

static void change_conversations(const struct tenant_scope *other, const char *who)
{
    struct conversation made = { 0 };
    const char *none = "conversation_not_found";
    for (int form = 1; form < 16; form++) { /* what is changed, and whether a version is named */
        struct conversation_change change = { form & 1 ? STR("theirs") : (struct str){ 0 },
                                              form & 2 ? 0 : -1, form & 4 ? 1 : -1 };
        int64_t version = form & 8 ? 2 : 0;
        if (form & 7)
            ok(is_none(conversation_change(other, worker, talk.id, version, &change, 9, &err),
                       none),
               "%s: conversation_change (form %d)", who, form);
    }
    ok(worked(conversation_advance(other, worker, talk.id, message_id_new(), STR("x"), 9, &err)) &&
           worked(conversation_name(other, worker, nameless.id, STR("theirs"), &err)),
       "%s: conversation_advance, conversation_name", who);
    for (int64_t version = 0; version <= 2; version += 2)
        ok(is_none(conversation_delete(other, worker, talk.id, version, &err), none),
           "%s: conversation_delete (version %lld)", who, (long long)version);
    ok(worked(conversation_create(other, worker, STR("own"), STR("m"), 1, &made, &err)) &&
           !conversation_id_equal(made.id, talk.id),
       "%s: conversation_create makes another", who);
}

static void messages(const struct tenant_scope *other, const char *who)
{
    struct message found = { 0 }, *list;
    struct message_id last;
    size_t count = 1;
    memset(&last, 255, sizeof last);
    for (int form = 0; form < 4; form++) {
        struct message psst = word;
        psst.id = message_id_new();
        psst.parent = form & 1 ? word.id : psst.parent;
        psst.turn = form & 2 ? turn.id : psst.turn;
        ok(is_none(message_append(other, worker, talk.id, &psst, &err), "no_parent"),
           "%s: message_append (form %d)", who, form);
    }
    ok(is_none(message_find(other, worker, talk.id, word.id, arena, &found, &err),
               "message_not_found"),
       "%s: message_find", who);
    ok(worked(message_outline(other, worker, talk.id, arena, &list, &count, &err)) && count == 0,
       "%s: message_outline", who);
    ok(worked(message_empty(other, worker, talk.id, word.id, &err)), "%s: message_empty", who);
    count = 1;
    ok(worked(message_range(other, worker, talk.id, word.id, last, arena, &list, &count, &err)) &&
           count == 0,
       "%s: message_range", who);
}

static void turns(const struct tenant_scope *other, const char *who)
{
    struct turn_row found, closing = turn, own = { .id = turn_id_new(), .model = STR("m") };
    bool settled = true;
    ok(is_none(turn_find(other, worker, turn.id, arena, &found, &err), "turn_not_found"),
       "%s: turn_find", who);
    for (closing.first_ms = -1; closing.first_ms <= 0; closing.first_ms++)
        ok(worked(turn_close(other, worker, &closing, &settled, &err)) && !settled,
           "%s: turn_close (first_ms %lld)", who, (long long)closing.first_ms);
    /* The key of another tenant is another key; a colleague finds his own tenant's taken. */
    int rc = turn_open(other, worker, &turn, STR("sealed"), &err);
    ok(scope_tenant(other).v == 1 ? failed_as(rc, ERROR_CONFLICT, "duplicate") : worked(rc),
       "%s: turn_open", who);
    for (int kept = 0; kept <= 1; kept++) {
        own.id = turn_id_new();
        own.conversation = kept ? talk.id : own.conversation;
        ok(worked(turn_open(other, worker, &own, STR("sealed"), &err)),
           "%s: turn_open of one's own%s", who, kept ? ", kept" : "");
    }
}

static void responses(const struct tenant_scope *other, const char *who)
{
    struct response_row found, theirs = reply;
    const char *none = "response_not_found";
    ok(is_none(response_find(other, worker, turn.id, arena, &found, &err), none),
       "%s: response_find", who);
    ok(is_none(response_drop(other, worker, turn.id, &err), none), "%s: response_drop", who);
    for (int form = 0; form < 2; form++) { /* in her conversation none can be */
        theirs.turn = turn_id_new();
        memset(&theirs.after, 0, form ? sizeof theirs.after : 0);
        ok(is_none(response_add(other, worker, &theirs, &err), "no_parent"),
           "%s: response_add (form %d)", who, form);
    }
}

static void keys(const struct tenant_scope *other, const char *who)
{
    struct idempotency found, theirs = key;
    bool claimed = false;
    theirs.turn = turn_id_new();
    ok(is_none(idempotency_find(other, worker, STR("key"), arena, &found, &err), "key_not_found"),
       "%s: idempotency_find", who);
    ok(worked(idempotency_drop(other, worker, STR("key"), &err)), "%s: idempotency_drop", who);
    ok(worked(idempotency_claim(other, worker, STR("key"), &theirs, &claimed, &err)) && claimed &&
           worked(idempotency_find(other, worker, STR("key"), arena, &found, &err)) &&
           turn_id_equal(found.turn, theirs.turn),
       "%s: idempotency_claim has another for its own", who);
}

/* Shared by a tenant's people, so a colleague is no stranger here. */
static void sums(const struct tenant_scope *other, const char *who)
{
    struct budget budget;
    bool taken = true;
    ok(worked(budget_hold(other, worker, period, 1, &taken, &err)) && !taken, "%s: budget_hold",
       who);
    ok(worked(budget_settle(other, worker, period, 100, 900, &err)), "%s: budget_settle", who);
    ok(worked(budget_find(other, worker, period, 7, arena, &budget, &err)) && budget.cap == 7 &&
           budget.held == 0,
       "%s: budget_find makes another", who);
    ok(worked(usage_add(other, worker, hour, STR("m"), &one, &err)) &&
           ask_number(db, "SELECT calls FROM usage_hour WHERE tenant_id = 2") == 1,
       "%s: usage_add makes another", who);
}

static void days(const struct tenant_scope *other, const char *who)
{
    ok(worked(active_user_add(other, worker, day, &err)) &&
           ask_number(db, "SELECT COUNT(*) FROM active_user") == 2,
       "%s: active_user_add makes another", who);
}

/* A credential that says it is anna: the row that is written is the scope's own. */
static void users(const struct tenant_scope *other, const char *who)
{
    struct identity said = { .tenant = { 1 },
                             .user = user_of('a'),
                             .issuer = STR("i"),
                             .subject = STR("anna"),
                             .name = STR("Mallory"),
                             .email = STR("m@example.org"),
                             .role = ROLE_ADMIN };
    const char *anna = "SELECT CONCAT_WS(' ', issuer, subject, name, email, role, seen_ms) FROM"
                       " user WHERE tenant_id = 1 AND user_id = REPEAT('a', 16)";
    (void)!user_seen(other, worker, &said, now_ms, &err);
    is_text(ask(db, anna).bytes.at, "i anna   member 0", "%s: user_seen", who);
}

/* Rows of four tables, written one table after the other. */
struct crowd {
    struct many *tables[4];
    int64_t *changed;
};

static int run_crowd(struct db *on, void *arg, struct error *e)
{
    struct crowd *crowd = arg;
    for (size_t i = 0; i < 4; i++)
        if (db_run_many(on, crowd->tables[i], &crowd->changed[i], e) < 0)
            return -1;
    return 0;
}

static int run_words(struct db *on, void *arg, struct error *e)
{
    int64_t changed;
    return db_run_many(on, arg, &changed, e);
}

/* Rows on what is hers and on what is his, in one message to the database: only his own are found.
 */
static void in_a_crowd(const struct tenant_scope *other, const char *who)
{
    struct many words = { .arena = arena }, leaves = words, turning = words, closing = words,
                holds = words, days_of = words, sums_of = words, settled = words, begun = words;
    struct conversation own = conversation_new(STR("own"), STR("m"), 1);
    struct message psst = word;
    struct turn_row row = turn;
    int64_t changed[4];
    psst.id = message_id_new();
    row.id = turn_id_new();
    ok(conversations_create(&begun, other, &own, &err) == 0 &&
           conversations_advance(&leaves, other, talk.id, psst.id, STR("x"), 9, &err) == 0 &&
           conversations_advance(&leaves, other, own.id, psst.id, STR("x"), 9, &err) == 0 &&
           turns_open(&turning, other, &row, STR("sealed"), &err) == 0 &&
           turns_close(&closing, other, &turn, &err) == 0 &&
           turns_close(&closing, other, &row, &err) == 0 &&
           budgets_hold(&holds, other, period, 1, 0, &err) == 0 &&
           budgets_settle(&settled, other, period, 1, 1, &err) == 0 &&
           usages_add(&sums_of, other, hour, STR("m"), &one, &err) == 0 &&
           active_users_add(&days_of, other, day + 1, &err) == 0 &&
           messages_append(&words, other, own.id, &psst, &err) == 0,
       "%s: rows of all tables are collected", who);
    struct crowd crowd = { { &begun, &leaves, &turning, &closing }, changed };
    bool is_colleague = scope_tenant(other).v == 1; /* the others have a turn of that id by now */
    ok(worked(db_transaction(worker, run_crowd, &crowd, &err)) && changed[1] == 1 &&
           changed[3] == (is_colleague ? 1 : 2),
       "%s: conversations_create, conversations_advance, turns_open, turns_close reach his own",
       who);
    crowd = (struct crowd){ { &holds, &settled, &sums_of, &days_of }, changed };
    ok(is_colleague || worked(db_transaction(worker, run_crowd, &crowd, &err)),
       "%s: budgets_hold, budgets_settle, usages_add, active_users_add", who);
    struct many replies = { .arena = arena };
    struct response_row theirs = reply;
    theirs.turn = turn_id_new();
    ok(responses_add(&replies, other, &theirs, &err) == 0 &&
           is_none(db_transaction(worker, run_words, &replies, &err), "no_parent"),
       "%s: responses_add", who);
    psst.id = message_id_new();
    ok(messages_append(&words, other, talk.id, &psst, &err) == 0 &&
           is_none(db_transaction(worker, run_words, &words, &err), "no_parent"),
       "%s: messages_append", who);
}

static void newcomer(const struct tenant_scope *nobody, const char *who)
{
    struct identity said = { .issuer = STR("i"),
                             .subject = STR("nora"),
                             .name = STR("Nora"),
                             .email = STR(""),
                             .role = ROLE_MEMBER };
    ok(worked(user_seen(nobody, worker, &said, now_ms, &err)) &&
           ask_number(db, "SELECT COUNT(*) FROM user WHERE tenant_id = 2 AND user_id ="
                          " REPEAT('n', 16) AND subject = 'nora'") == 1,
       "%s: user_seen makes a row of her own", who);
}

static void stranger(const struct tenant_scope *other, const char *who)
{
    const char *before = annas_rows();
    find_conversations(other, who);
    messages(other, who);
    turns(other, who);
    responses(other, who);
    keys(other, who);
    change_conversations(other, who);
    if (scope_tenant(other).v != 1)
        sums(other, who);
    days(other, who);
    in_a_crowd(other, who);
    is_text(annas_rows(), before, "%s: every row is as it was", who);
    users(other, who);
}

/* After people_begin (or on rows and handles like its own); each promise is an ok(). */
static inline void strangers_prepare(void)
{
    must(db, "INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)"
             " VALUES (2, REPEAT('a', 16), 'i', 'alma', 'member', 0, 0)");
    make_rows(scope_of(1, 'a'));
}

static inline void strangers_try(void)
{
    stranger(scope_of(2, 'b'), "another tenant");
    stranger(scope_of(2, 'a'), "another tenant's user of the same id");
    stranger(scope_of(1, 'c'), "a colleague");
    newcomer(scope_of(2, 'n'), "somebody new");
}

#endif
