/* The ledger's rows: opened once, closed once, by whoever comes first. */
#include "store/turns.h"

#include "people.h"

#include <pthread.h>

static const struct tenant_scope *anna;
static const struct str sealed = { "sealed\0scope", 12 };

static struct turn_row a_row(void)
{
    return (struct turn_row){ .id = turn_id_new(),
                              .conversation = conversation_id_new(),
                              .parent = message_id_new(),
                              .answer = message_id_new(),
                              .model = STR("m"),
                              .provider = provider_id_new(),
                              .period = 202611,
                              .hold = 500,
                              .started_ms = 1000,
                              .deadline_ms = 9000 };
}

static struct turn_row an_end(const struct turn_row *opened)
{
    struct turn_row row = *opened;
    row.tokens_in = 10;
    row.tokens_cached = 4;
    row.tokens_out = 20;
    row.tokens_reasoning = 5;
    row.cost = 123;
    row.usage_source = STR("provider");
    row.outcome = STR("complete");
    row.code = STR("");
    row.first_ms = 50;
    row.total_ms = 700;
    return row;
}

static struct turn_row find(struct turn_id id)
{
    struct turn_row found = { 0 };
    if (turn_find(anna, worker, id, arena, &found, &err) != 0)
        bail_out("find");
    return found;
}

static void opened(void)
{
    struct turn_row row = a_row(), found;
    ok(worked(turn_open(anna, worker, &row, sealed, &err)), "a turn is opened");
    found = find(row.id);
    ok(turn_id_equal(found.id, row.id) &&
           conversation_id_equal(found.conversation, row.conversation) &&
           message_id_equal(found.parent, row.parent) &&
           message_id_equal(found.answer, row.answer) &&
           provider_id_equal(found.provider, row.provider) && str_is(found.model, "m") &&
           found.period == 202611 && found.hold == 500 && found.started_ms == 1000 &&
           found.deadline_ms == 9000 && !found.settled && found.cost == 0,
       "it is found as it was opened, and open");
    ok(ask(db, "SELECT scope = 'sealed\\0scope' FROM turn").integer == 1, "with its sealed scope");
    const char *before = all_rows();
    ok(failed_as(turn_open(anna, worker, &row, sealed, &err), ERROR_CONFLICT, "duplicate"),
       "a turn is opened once");
    struct turn_row other = a_row();
    ok(failed_as(turn_open(scope_of(1, 'z'), worker, &other, sealed, &err), ERROR_NOT_FOUND,
                 "no_parent"),
       "for somebody whose row is there");
    other.hold = -1;
    ok(turn_open(anna, worker, &other, sealed, &err) == -1, "a hold is not below zero");
    is_text(all_rows(), before, "and nothing is left of the others");
    ok(failed_as(turn_find(anna, worker, other.id, arena, &found, &err), ERROR_NOT_FOUND,
                 "turn_not_found"),
       "a turn that is not there is ERROR_NOT_FOUND");
    row = a_row();
    row.conversation.v = row.parent.v = row.answer.v = NO_UUID;
    ok(worked(turn_open(anna, worker, &row, sealed, &err)) &&
           conversation_id_is_zero(find(row.id).conversation) &&
           message_id_is_zero(find(row.id).answer),
       "a turn that is not kept has no conversation");
}

static void closed(void)
{
    struct turn_row row = a_row();
    bool settled = false;
    turn_open(anna, worker, &row, sealed, &err);
    row = an_end(&row);
    ok(worked(turn_close(anna, worker, &row, &settled, &err)) && settled, "a turn is settled");
    struct turn_row found = find(row.id);
    ok(found.settled && found.tokens_in == 10 && found.tokens_out == 20 && found.cost == 123 &&
           str_is(found.usage_source, "provider") && str_is(found.outcome, "complete") &&
           str_is(found.code, "") && found.hold == 500,
       "it says what it took, and what was held");
    is_text(ask(db, "SELECT CONCAT_WS(' ', tokens_cached, tokens_reasoning, first_ms, total_ms)"
                    " FROM turn WHERE state = 'settled'")
                .bytes.at,
            "4 5 50 700", "and how long");
    const char *before = all_rows();
    row.cost = 999;
    ok(worked(turn_close(anna, worker, &row, &settled, &err)) && !settled,
       "who comes second is told so");
    is_text(all_rows(), before, "and changes nothing");
    row.id = turn_id_new();
    settled = true;
    ok(worked(turn_close(anna, worker, &row, &settled, &err)) && !settled,
       "what is not there is not settled");
    row = a_row();
    turn_open(anna, worker, &row, sealed, &err);
    struct turn_row bad = an_end(&row);
    bad.cost = -1;
    ok(turn_close(anna, worker, &bad, &settled, &err) == -1 && !find(row.id).settled,
       "a cost below zero settles nothing");
    row = an_end(&row);
    row.first_ms = -1;
    ok(worked(turn_close(anna, worker, &row, &settled, &err)) && settled &&
           ask(db, "SELECT COUNT(*) FROM turn WHERE state = 'settled' AND first_ms IS NULL")
                   .integer == 1,
       "where nothing came there is no first time");
}

/* ---- two connections, one turn: fifty times ---- */

struct racer {
    struct db *db;
    struct turn_row *rows;
    int won, failed;
    pthread_barrier_t *start;
};

#define RACES 50

static void *race(void *arg)
{
    struct racer *r = arg;
    struct error e;
    for (int i = 0; i < RACES; i++) {
        bool settled = false;
        pthread_barrier_wait(r->start);
        r->failed += turn_close(anna, r->db, &r->rows[i], &settled, &e) != 0;
        r->won += settled;
    }
    return NULL;
}

static void one_of_two(void)
{
    struct turn_row rows[RACES];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < RACES; i++) {
        struct turn_row row = a_row();
        turn_open(anna, worker, &row, sealed, &err);
        rows[i] = an_end(&row);
    }
    struct racer racers[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        racers[i] = (struct racer){ database_open_as("insula_worker"), rows, 0, 0, &start };
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        db_free(&racers[i].db);
    }
    pthread_barrier_destroy(&start);
    is_number(racers[0].failed + racers[1].failed, 0, "two connections settle the same turns");
    is_number(racers[0].won + racers[1].won, RACES, "each turn is settled by one of them");
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    anna = scope_of(1, 'a');
    opened();
    closed();
    one_of_two();
    return people_end();
}
