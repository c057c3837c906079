/* Idempotency keys: one claimant each, byte for byte, a user's own. */
#include "store/idempotency.h"

#include "people.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct tenant_scope *anna;
static char hash[32] = "0123456789abcdef0123456789abcde";

static struct idempotency a_claim(void)
{
    return (struct idempotency){ { hash, sizeof hash }, turn_id_new(), 5000 };
}

static bool claim(const struct tenant_scope *scope, struct str key, const struct idempotency *what)
{
    bool claimed = false;
    if (idempotency_claim(scope, worker, key, what, &claimed, &err) != 0)
        bail_out("claim");
    return claimed;
}

static void one_claimant(void)
{
    struct idempotency first = a_claim(), second = a_claim(), found = { 0 };
    ok(claim(anna, STR("k1"), &first), "a key is claimed");
    ok(!claim(anna, STR("k1"), &second), "once");
    ok(worked(idempotency_find(anna, worker, STR("k1"), arena, &found, &err)) &&
           turn_id_equal(found.turn, first.turn) && str_equal(found.body, first.body) &&
           found.expires_ms == 5000,
       "and is found with what its claimant said");
    ok(claim(anna, STR("K1"), &second) && claim(anna, STR("k1 "), &second) &&
           claim(anna, STR("k1\0"), &second) && claim(anna, STR("\xff\x00\xfe"), &second),
       "keys are bytes: case, blanks, zeros and all");
    ok(claim(anna, letters('k', 255), &second), "255 of them");
    const char *before = all_rows();
    bool claimed = true;
    ok(idempotency_claim(anna, worker, letters('k', 256), &second, &claimed, &err) == -1,
       "one more is refused, not cut");
    second.body.len = 31;
    ok(claim(anna, STR("short"), &second), "a hash of 31 bytes is filled up");
    must(db, "DELETE FROM idempotency WHERE name = 'short'");
    second.body = letters('h', 33);
    ok(idempotency_claim(anna, worker, STR("long"), &second, &claimed, &err) == -1,
       "one of 33 is refused");
    ok(failed_as(idempotency_find(anna, worker, STR("none"), arena, &found, &err), ERROR_NOT_FOUND,
                 "key_not_found"),
       "a key that nobody has used is ERROR_NOT_FOUND");
    is_text(all_rows(), before, "and nothing is changed");
}

static void own_keys(void)
{
    struct idempotency theirs = a_claim(), mine = a_claim(), found;
    ok(claim(scope_of(1, 'c'), STR("k1"), &theirs) && claim(scope_of(2, 'b'), STR("k1"), &theirs),
       "a colleague and another tenant each have the same key for themselves");
    ok(worked(idempotency_drop(scope_of(1, 'c'), worker, STR("k1"), &err)) &&
           worked(idempotency_drop(scope_of(1, 'c'), worker, STR("k1"), &err)),
       "a key is forgotten, and need not be there for that");
    is_number(ask_number(db, "SELECT COUNT(*) FROM idempotency WHERE name = 'k1'"), 2,
              "the others' stay");
    ok(worked(idempotency_drop(anna, worker, STR("k1"), &err)) && claim(anna, STR("k1"), &mine) &&
           worked(idempotency_find(anna, worker, STR("k1"), arena, &found, &err)) &&
           turn_id_equal(found.turn, mine.turn),
       "a forgotten key can be claimed anew");
}

/* ---- eight threads and one key ---- */

static atomic_int claimants, failures;
static pthread_barrier_t start;

static int claim_in(struct db *own, void *arg, struct error *e)
{
    bool claimed = false;
    struct idempotency mine = a_claim();
    int rc = idempotency_claim(anna, own, *(const struct str *)arg, &mine, &claimed, e);
    pause_ms(1); /* the others are waiting for the row */
    atomic_fetch_add(&claimants, rc == 0 && claimed);
    return rc;
}

static void *try(void *arg)
{
    struct db *own = arg;
    struct error e;
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "r%d", i);
        struct str name = str_of(key);
        pthread_barrier_wait(&start);
        atomic_fetch_add(&failures, db_transaction(own, claim_in, &name, &e) != 0);
    }
    return NULL;
}

static void many_at_once(void)
{
    pthread_t threads[8];
    struct db *handles[8];
    pthread_barrier_init(&start, NULL, 8);
    for (int i = 0; i < 8; i++) {
        handles[i] = database_open_as("insula_worker");
        pthread_create(&threads[i], NULL, try, handles[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        db_free(&handles[i]);
    }
    pthread_barrier_destroy(&start);
    is_number(atomic_load(&failures), 0, "eight transactions claim the same key: none fails");
    is_number(atomic_load(&claimants), 10, "of ten keys each has one claimant");
}

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    anna = scope_of(1, 'a');
    one_claimant();
    own_keys();
    many_at_once();
    return people_end();
}
