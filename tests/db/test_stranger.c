/* The stranger: each verb of the query builder, run by another tenant and by another person of the
 * same tenant on rows that are not theirs, finds nothing and changes nothing. */
#include "query/query.h"

#include "people.h"

#include <pthread.h>
#include <stdatomic.h>

static struct conversation_id conversation;
static struct message_id message;

static size_t count(const struct tenant_scope *scope)
{
    struct rows rows;
    if (query_select(
            scope, db,
            &(struct select){ .from = schema.conversation.table,
                              .columns = { schema.conversation.title.c },
                              .where = { eq(schema.conversation.conversation_id, conversation) },
                              .limit = 10 },
            arena, &rows, &err) != 0)
        bail_out("select");
    return rows.count;
}

static void must_insert(int rc)
{
    if (rc != 0)
        bail_out("insert");
}

static void make_rows(const struct tenant_scope *scope)
{
    int64_t changed;
    must_insert(query_insert(
        scope, db,
        &(struct insert){ .into = schema.conversation.table,
                          .values = { set(schema.conversation.conversation_id, conversation),
                                      set(schema.conversation.title, STR("mine \xf0\x9f\x8f\x9d")),
                                      set(schema.conversation.touched, conversation.v),
                                      set(schema.conversation.created_ms, 1),
                                      set(schema.conversation.updated_ms, 1) } },
        &changed, &err));
    must_insert(query_insert(
        scope, db,
        &(struct insert){ .into = schema.message.table,
                          .values = { set(schema.message.conversation_id, conversation),
                                      set(schema.message.message_id, message),
                                      set(schema.message.role, STR("user")),
                                      set(schema.message.content, STR("hello")),
                                      set(schema.message.bytes, 5),
                                      set(schema.message.state, STR("complete")),
                                      set(schema.message.created_ms, 1) } },
        &changed, &err));
}

static void owner(const struct tenant_scope *scope)
{
    int64_t changed = -1;
    is_number((long long)count(scope), 1, "the owner finds the conversation");
    ok(query_update(
           scope, db,
           &(struct update){ .table = schema.conversation.table,
                             .row = { eq(schema.conversation.conversation_id, conversation) },
                             .where = { eq(schema.conversation.version, 1) },
                             .set = { set(schema.conversation.title, STR("new")),
                                      plus(schema.conversation.version, 1) } },
           &changed, &err) == 0 &&
           changed == 1,
       "and renames it where the version fits");
    ok(query_update(
           scope, db,
           &(struct update){ .table = schema.conversation.table,
                             .row = { eq(schema.conversation.conversation_id, conversation) },
                             .where = { eq(schema.conversation.version, 1) },
                             .set = { set(schema.conversation.title, STR("old")),
                                      plus(schema.conversation.version, 1) } },
           &changed, &err) == 0 &&
           changed == 0,
       "but not where it does not");
    is_text(ask(db, "SELECT CONCAT(title, version) FROM conversation").bytes.at, "new2",
            "values of SET and of WHERE go where they belong");
}

static void stranger(const struct tenant_scope *scope, const char *who)
{
    int64_t changed = -1;
    is_number((long long)count(scope), 0, "%s finds nothing", who);
    ok(query_update(
           scope, db,
           &(struct update){ .table = schema.conversation.table,
                             .row = { eq(schema.conversation.conversation_id, conversation) },
                             .set = { set(schema.conversation.title, STR("theirs")) } },
           &changed, &err) == 0 &&
           changed == 0,
       "%s changes nothing", who);
    ok(query_delete(scope, db,
                    &(struct delete){ .from = schema.message.table,
                                      .row = { eq(schema.message.message_id, message) } },
                    &changed, &err) == 0 &&
           changed == 0,
       "%s deletes nothing", who);
    ok(query_insert(
           scope, db,
           &(struct insert){
               .into = schema.message.table,
               .values = { set(schema.message.conversation_id, conversation),
                           set(schema.message.message_id, (struct message_id){ { { 9 } } }),
                           set(schema.message.role, STR("user")),
                           set(schema.message.content, STR("psst")), set(schema.message.bytes, 4),
                           set(schema.message.state, STR("complete")),
                           set(schema.message.created_ms, 1) } },
           &changed, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "%s cannot add a message", who);
    is_text(ask(db, "SELECT CONCAT(title, version) FROM conversation WHERE tenant_id = 1").bytes.at,
            "new2", "%s: the row is as it was", who);
}

static void same_key_of_another(const struct tenant_scope *owner_scope,
                                const struct tenant_scope *colleague)
{
    int64_t changed = -1;
    struct insert again = { .into = schema.conversation.table,
                            .values = { set(schema.conversation.conversation_id, conversation),
                                        set(schema.conversation.touched, conversation.v),
                                        set(schema.conversation.created_ms, 2),
                                        set(schema.conversation.updated_ms, 2) },
                            .unless_there = true };
    ok(query_insert(colleague, db, &again, &changed, &err) == 0 && changed == 0,
       "an insert unless there leaves a colleague's row alone");
    again.unless_there = false;
    ok(query_insert(colleague, db, &again, &changed, &err) == -1 && err.kind == ERROR_CONFLICT,
       "an insert finds the key taken");
    is_text(ask(db, "SELECT CONCAT(title, version, user_id) FROM conversation").bytes.at,
            "new2aaaaaaaaaaaaaaaa", "and the row is its owner's");
    is_number((long long)count(owner_scope), 1, "who still finds it");
}

static void sums(const struct tenant_scope *mine, const struct tenant_scope *theirs)
{
    for (int i = 0; i < 3; i++)
        if (query_add(i < 2 ? mine : theirs, db,
                      &(struct add){ .to = schema.usage_hour.table,
                                     .key = { set(schema.usage_hour.hour, 100),
                                              set(schema.usage_hour.model, STR("m")) },
                                     .plus = { plus(schema.usage_hour.calls, 1),
                                               plus(schema.usage_hour.cost, 10) } },
                      &err) != 0)
            bail_out("add");
    is_number(ask_number(db, "SELECT cost FROM usage_hour WHERE tenant_id = 1"), 20,
              "an add adds to the row that is there");
    is_number(ask_number(db, "SELECT cost FROM usage_hour WHERE tenant_id = 2"), 10,
              "and each tenant has its own");
}

/* ---- one month's budget, eight threads, and each makes sure first that the row is there ---- */

static atomic_int admitted, failed;

struct spending {
    struct db *db;
    const struct tenant_scope *scope;
};

static int admit(struct db *own, void *arg, struct error *e)
{
    const struct spending *s = arg;
    int64_t made = 0, changed = 0;
    if (query_insert(s->scope, own,
                     &(struct insert){ .into = schema.budget.table,
                                       .values = { set(schema.budget.period, 202611),
                                                   set(schema.budget.cap, 1000) },
                                       .unless_there = true },
                     &made, e) != 0 ||
        query_update(s->scope, own,
                     &(struct update){ .table = schema.budget.table,
                                       .row = { eq(schema.budget.period, 202611) },
                                       .where = { room(schema.budget.used, schema.budget.held, 7,
                                                       schema.budget.cap) },
                                       .set = { plus(schema.budget.held, 7) } },
                     &changed, e) != 0)
        return -1;
    return changed == 1 ? 0 : fail(e, ERROR_LIMIT, "budget", "Nothing left.");
}

static void *spend(void *arg)
{
    struct spending *s = arg;
    struct error e;
    for (int i = 0; i < 40; i++)
        if (db_transaction(s->db, admit, s, &e) == 0)
            atomic_fetch_add(&admitted, 1);
        else if (e.kind != ERROR_LIMIT)
            atomic_fetch_add(&failed, 1);
    return NULL;
}

static void a_budget_holds(const struct tenant_scope *scope)
{
    struct spending spendings[8];
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) {
        spendings[i] = (struct spending){ database_open_as("root"), scope };
        pthread_create(&threads[i], NULL, spend, &spendings[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        db_free(&spendings[i].db);
    }
    is_number(atomic_load(&failed), 0, "320 admissions by eight threads: none fails");
    is_number(atomic_load(&admitted), 142, "as many are admitted as fit under the cap");
    is_number(ask_number(db, "SELECT held FROM budget WHERE tenant_id = 1"), 142 * 7,
              "and that is what is held");
}

int main(int argc, char **argv)
{
    (void)argc;
    database_begin(argv);
    database_migrate();
    must(db, TWO_TENANTS);
    must(db, TWO_USERS);
    conversation = conversation_id_new();
    message = message_id_new();
    make_rows(scope_of(1, 'a'));
    owner(scope_of(1, 'a'));
    stranger(scope_of(2, 'b'), "another tenant");
    stranger(scope_of(2, 'a'), "another tenant's user of the same id");
    stranger(scope_of(1, 'c'), "a colleague");
    same_key_of_another(scope_of(1, 'a'), scope_of(1, 'c'));
    sums(scope_of(1, 'a'), scope_of(2, 'b'));
    a_budget_holds(scope_of(1, 'a'));
    return database_end();
}
