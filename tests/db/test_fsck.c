/* insulactl fsck's proofs: a house at work passes them, and each kind of damage to the books is
 * found. */
#include "bar.h"
#include "chats.h"

static const char *const books[] = { "turn", "budget", "usage_hour", "active_user", "message" };
enum { BOOKS = sizeof books / sizeof *books };

static void keep_books(void)
{
    for (size_t i = 0; i < BOOKS; i++)
        must(db,
             arena_printf(arena, "CREATE TABLE kept_%s AS SELECT * FROM %s", books[i], books[i]));
}

static void mend_books(void)
{
    must(db, "SET foreign_key_checks = 0");
    for (size_t i = 0; i < BOOKS; i++) {
        must(db, arena_printf(arena, "DELETE FROM %s", books[i]));
        must(db, arena_printf(arena, "INSERT INTO %s SELECT * FROM kept_%s", books[i], books[i]));
    }
    must(db, "SET foreign_key_checks = 1");
}

/* How many of the checks fail; what each says of its first, for whoever reads the log. */
static int complaints(void)
{
    struct finding findings[FSCK_LEDGER_CHECKS + 1];
    int wrong = 0;
    if (fsck_ledger(on_db(), clock_unix_ms(), arena, findings, &err) != 0 ||
        fsck_answers(on_db(), arena, &findings[FSCK_LEDGER_CHECKS], &err) != 0)
        bail_out(err.log);
    for (int i = 0; i <= FSCK_LEDGER_CHECKS; i++) {
        wrong += findings[i].wrong > 0;
        if (findings[i].wrong)
            printf("# %s: %s\n", findings[i].check, findings[i].example);
    }
    return wrong;
}

/* One settled turn of each kind, in two tenants, two hours and two models; one that is open. */
static void keep_house(void)
{
    static const enum turn_outcome outcomes[] = { TURN_COMPLETE, TURN_FAILED, TURN_INTERRUPTED };
    for (int i = 0; i < 12; i++) {
        clock_set_unix_ms(1798759800000 +
                          i % 2 * 1800000LL); /* 23:30 and 24:00 of a year's last day */
        struct turn_request request = asking("question");
        if (i % 4 == 0)
            request.model = &unpaid;
        request.stored = i % 5 != 0;
        struct turn *turn = admitted(i % 3 == 0 ? bert : i % 3 == 1 ? anna : carl, request);
        answered(turn, "answer", outcomes[i % 3], 10 + i, 5 + i);
        if (i != 7 && settle_one(turn) != 0)
            bail_out("settle");
        turn_free(turn);
    }
}

static const char *const damages[] = {
    "DELETE FROM turn WHERE cost > 0 ORDER BY turn_id LIMIT 1",
    "DELETE FROM turn WHERE state = 'settled' AND cost = 0 LIMIT 1",
    "DELETE FROM turn WHERE state = 'settled' AND conversation_id IS NULL LIMIT 1",
    "DELETE FROM turn WHERE state = 'open'",
    "DELETE FROM turn",
    "UPDATE turn SET cost = cost + 1 WHERE cost > 0 LIMIT 1",
    "UPDATE turn SET cost = cost - 1 WHERE cost > 0 LIMIT 1",
    "UPDATE turn SET cost = 1 WHERE state = 'open'",
    "UPDATE turn SET tokens_in = tokens_in + 1 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET tokens_out = tokens_out + 1 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET tokens_cached = tokens_in + 1 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET tokens_reasoning = -1 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET outcome = 'failed' WHERE outcome = 'complete' LIMIT 1",
    "UPDATE turn SET outcome = 'interrupted' WHERE outcome = 'complete' AND answer_id IS NOT NULL"
    " LIMIT 1",
    "UPDATE turn SET outcome = NULL WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET usage_source = NULL WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET total_ms = total_ms + 1 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET code = 'x' WHERE outcome = 'complete' AND answer_id IS NOT NULL LIMIT 1",
    "UPDATE turn SET model = 'other' WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET provider_id = REPEAT('p', 16) WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET attempts = '[]' WHERE outcome = 'complete' LIMIT 1",
    "UPDATE turn SET attempts = JSON_SET(attempts, '$[0].model', 'other') WHERE state = 'settled'",
    "UPDATE turn SET attempts = JSON_SET(attempts, '$[0].code', 'x') WHERE outcome = 'complete'",
    "UPDATE turn SET period = period + 1 WHERE cost = 0 AND hold = 0 LIMIT 1",
    "UPDATE turn SET period = period + 1 WHERE cost > 0 LIMIT 1",
    "UPDATE turn SET started_ms = started_ms - 3600000 WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET state = 'open' WHERE state = 'settled' LIMIT 1",
    "UPDATE turn SET state = 'settled' WHERE state = 'open'",
    "UPDATE turn SET hold = hold + 1 WHERE state = 'open'",
    "UPDATE turn SET deadline_ms = 1 WHERE state = 'open'",
    "UPDATE turn SET user_id = REPEAT('c', 16) WHERE user_id = REPEAT('a', 16) AND state = "
    "'settled'",
    "UPDATE turn SET answer_id = NULL WHERE answer_id IS NOT NULL AND state = 'settled' LIMIT 1",
    "INSERT INTO turn SELECT tenant_id, REPEAT('z', 16), user_id, conversation_id, parent_id,"
    " answer_id, model, provider_id, state, period, hold, tokens_in, tokens_cached, tokens_out,"
    " tokens_reasoning, cost, usage_source, outcome, code, attempts, started_ms, deadline_ms, "
    "first_ms,"
    " total_ms, scope FROM turn WHERE state = 'settled' LIMIT 1",
    "UPDATE budget SET used = used + 1 WHERE used > 0 LIMIT 1",
    "UPDATE budget SET used = used - 1 WHERE used > 0 LIMIT 1",
    "UPDATE budget SET held = held + 1 LIMIT 1",
    "UPDATE budget SET held = 0",
    "UPDATE budget SET period = period + 200",
    "DELETE FROM budget WHERE tenant_id = 2",
    "UPDATE usage_hour SET calls = calls * 2, errors = errors * 2, tokens_in = tokens_in * 2,"
    " tokens_out = tokens_out * 2, cost = cost * 2 LIMIT 1",
    "INSERT INTO usage_hour SELECT tenant_id, hour + 1, model, calls, errors, tokens_in, "
    "tokens_out,"
    " cost, first_ms, total_ms FROM usage_hour ORDER BY hour DESC LIMIT 1",
    "UPDATE usage_hour SET hour = hour + 1 ORDER BY hour DESC LIMIT 1",
    "UPDATE usage_hour SET model = 'other' LIMIT 1",
    "DELETE FROM usage_hour LIMIT 1",
    "UPDATE usage_hour SET errors = errors + 1 LIMIT 1",
    "UPDATE usage_hour SET first_ms = first_ms + 1 LIMIT 1",
    "DELETE FROM active_user LIMIT 1",
    "INSERT INTO active_user VALUES (1, 1, REPEAT('a', 16))",
    "UPDATE active_user SET day = day + 100",
    "DELETE FROM message WHERE role = 'assistant' LIMIT 1",
    "UPDATE message SET turn_id = REPEAT('z', 16) WHERE role = 'assistant' LIMIT 1",
    "UPDATE message SET state = 'failed' WHERE role = 'assistant' AND state = 'complete' LIMIT 1",
    "UPDATE message SET turn_id = (SELECT turn_id FROM turn WHERE state = 'open') WHERE role ="
    " 'assistant' AND tenant_id = 1 LIMIT 1",
    "UPDATE message SET parent_id = message_id WHERE role = 'assistant' LIMIT 1",
};
enum { DAMAGES = sizeof damages / sizeof *damages };

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    budget_of_island(1000000);
    keep_house();
    is_number(complaints(), 0, "a house at work passes all checks");
    keep_books();
    int found = 0, mended = 0;
    for (int i = 0; i < DAMAGES; i++) {
        must(db, damages[i]);
        int wrong = complaints();
        if (!wrong)
            printf("# not found: %s\n", damages[i]);
        found += wrong > 0;
        mend_books();
        mended += complaints() == 0;
    }
    bar("B38", "fsck finds each kind of damage to the books", found, DAMAGES);
    is_number(mended, DAMAGES, "and nothing else");
    return chats_end();
}
