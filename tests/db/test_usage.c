/* Hourly sums, daily users, and people's own rows: what head office and admins see. */
#include "store/usage.h"
#include "store/users.h"

#include "people.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct tenant_scope *anna, *carl, *bert;

static const char *sums(const char *where)
{
    return ask(db, arena_printf(arena,
                                "SELECT CONCAT_WS(' ', calls, errors, tokens_in, tokens_out, cost,"
                                " first_ms, total_ms) FROM usage_hour WHERE %s",
                                where))
        .bytes.at;
}

static void sums_add_up(void)
{
    struct usage_sum sum = { 1, 2, 3, 4, 5, 6, 7 };
    ok(worked(usage_add(anna, worker, 100, STR("m"), &sum, &err)), "the first makes the row");
    is_text(sums("tenant_id = 1"), "1 2 3 4 5 6 7", "with what it brings");
    ok(worked(usage_add(carl, worker, 100, STR("m"), &sum, &err)), "a colleague's is added");
    is_text(sums("tenant_id = 1"), "2 4 6 8 10 12 14", "to the same row");
    usage_add(anna, worker, 101, STR("m"), &sum, &err);
    usage_add(anna, worker, 100, STR("M"), &sum, &err);
    usage_add(bert, worker, 100, STR("m"), &sum, &err);
    is_number(ask_number(db, "SELECT COUNT(*) FROM usage_hour WHERE calls = 1"), 3,
              "another hour, model (M is not m), and tenant have rows of their own");
    is_text(sums("tenant_id = 1 AND hour = 100 AND model = BINARY 'm'"), "2 4 6 8 10 12 14",
            "and leave this one alone");
    const char *before = all_rows();
    ok(usage_add(anna, worker, 100, letters('m', 129), &sum, &err) == -1,
       "a model's name that is too long is refused, not cut");
    is_text(all_rows(), before, "and adds to nothing");
}

/* Two that add to the same two rows in opposite order meet, and both are counted. */
static atomic_int failures;

struct adder {
    struct db *db;
    bool is_second;
};

static int add_both(struct db *own, void *arg, struct error *e)
{
    const struct adder *a = arg;
    struct usage_sum one = { .calls = 1 };
    if (usage_add(anna, own, a->is_second ? 201 : 200, STR("m"), &one, e) < 0)
        return -1;
    return usage_add(anna, own, a->is_second ? 200 : 201, STR("m"), &one, e);
}

static void *add_often(void *arg)
{
    struct adder *a = arg;
    struct error e;
    for (int i = 0; i < 50; i++)
        while (db_transaction(a->db, add_both, a, &e) != 0)
            if (e.kind != ERROR_UNAVAILABLE) { /* lost three times: asked again */
                atomic_fetch_add(&failures, 1);
                break;
            }
    return NULL;
}

static void crossing(void)
{
    struct adder adders[2] = { { database_open_as("insula_worker"), false },
                               { database_open_as("insula_worker"), true } };
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, add_often, &adders[i]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        db_free(&adders[i].db);
    }
    is_number(atomic_load(&failures), 0, "two that cross never fail for good");
    is_number(ask_number(db, "SELECT SUM(calls) FROM usage_hour WHERE hour IN (200, 201)"), 200,
              "and nothing is lost or counted twice");
}

static void daily_users(void)
{
    ok(worked(active_user_add(anna, worker, 20000, &err)) &&
           worked(active_user_add(anna, worker, 20000, &err)),
       "a day's user is counted, and counted again");
    active_user_add(carl, worker, 20000, &err);
    active_user_add(anna, worker, 20001, &err);
    active_user_add(bert, worker, 20000, &err);
    is_number(ask_number(db, "SELECT COUNT(*) FROM active_user"), 4, "once a day and person");
    ok(failed_as(active_user_add(scope_of(1, 'z'), worker, 20000, &err), ERROR_NOT_FOUND,
                 "no_parent"),
       "who has no row is nobody");
}

/* ---- people's own rows ---- */

#define HOUR_MS 3600000LL

static struct identity identity_of(struct user_id user, const char *subject)
{
    return (struct identity){ .tenant = { 1 },
                              .user = user,
                              .issuer = STR("i"),
                              .subject = str_of(subject),
                              .name = STR("Dora"),
                              .email = STR("dora@example.org"),
                              .role = ROLE_MEMBER };
}

static const char *person(void)
{
    struct value value =
        ask(db, "SELECT CONCAT_WS(' ', issuer, subject, name, email, role, status, created_ms,"
                " seen_ms) FROM user WHERE user_id = REPEAT('d', 16)");
    return value.type == VALUE_NULL ? "nobody" : value.bytes.at;
}

static void seen(void)
{
    const struct tenant_scope *dora = scope_of(1, 'd');
    struct identity who = identity_of(user_of('d'), "dora");
    ok(worked(user_seen(dora, worker, &who, HOUR_MS, &err)), "a person's first request");
    is_text(person(), "i dora Dora dora@example.org member active 3600000 3600000", "makes a row");
    const char *before = all_rows();
    who.name = STR("Theodora");
    ok(worked(user_seen(dora, worker, &who, HOUR_MS + 5, &err)), "one within the hour");
    is_text(all_rows(), before, "costs nothing");
    who.role = ROLE_ADMIN;
    ok(worked(user_seen(dora, worker, &who, HOUR_MS + 6, &err)), "unless the role is another");
    is_text(person(), "i dora Theodora dora@example.org admin active 3600000 3600006",
            "which shows at once");
    who.email = STR("");
    ok(worked(user_seen(dora, worker, &who, 2 * HOUR_MS, &err)), "the next hour's first");
    is_text(person(), "i dora Theodora  admin active 3600000 7200000", "brings the row up to date");
    before = all_rows();
    const struct tenant_scope *elsa = scope_of(1, 'e');
    who = identity_of(user_of('e'), "elsa");
    who.name = letters('n', 201);
    ok(user_seen(elsa, worker, &who, HOUR_MS, &err) == -1, "what does not fit is refused");
    is_text(all_rows(), before, "and makes no row");
    who.name = STR("Elsa");
    ok(worked(user_seen(elsa, worker, &who, HOUR_MS, &err)) &&
           ask_number(db, "SELECT COUNT(*) FROM user WHERE user_id = REPEAT('e', 16)") == 1,
       "what failed was not remembered as done");
}

/* A first burst: many threads, one new person. */
static void *arrive(void *arg)
{
    struct identity who = identity_of(user_of('f'), "fritz");
    struct arena *own = arena_new(4096);
    struct error e;
    const struct tenant_scope *fritz = scope_new(own, (struct tenant_id){ 1 }, who.user, who.role);
    if (user_seen(fritz, arg, &who, HOUR_MS, &e) != 0)
        atomic_fetch_add(&failures, 1);
    arena_free(&own);
    return NULL;
}

static void seen_by_many(void)
{
    pthread_t threads[8];
    struct db *handles[8];
    for (int i = 0; i < 8; i++) {
        handles[i] = database_open_as("insula_worker");
        pthread_create(&threads[i], NULL, arrive, handles[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        db_free(&handles[i]);
    }
    is_number(atomic_load(&failures), 0, "eight first requests of one person at once all succeed");
    is_number(ask_number(db, "SELECT COUNT(*) FROM user WHERE user_id = REPEAT('f', 16)"), 1,
              "and make one row");
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    anna = scope_of(1, 'a');
    carl = scope_of(1, 'c');
    bert = scope_of(2, 'b');
    sums_add_up();
    crossing();
    daily_users();
    seen();
    seen_by_many();
    return people_end();
}
