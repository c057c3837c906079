/* Settlement: what a turn ends with. Answer, ledger, budget and sums in one commit, many turns at a
 * time; once, whatever is lost, deleted or done twice. */
#include "chats.h"
#include "proxy.h"

static const char *say(const char *sql)
{
    struct value value = ask(db, sql);
    return value.type == VALUE_NULL ? "(null)" : value.bytes.at;
}

/* ---- a full batch ---- */

enum { BATCH = 64 };

/* Every third turn is bert's of the other tenant, the others are anna's and carl's in turn; every
 * fourth uses the free model, every fifth failed, every seventh was interrupted, every sixth is not
 * kept. */
static struct turn *one_of_many(int i)
{
    const struct tenant_scope *scope = i % 3 == 2 ? bert : i % 2 ? carl : anna;
    struct turn_request request = asking(arena_printf(arena, "question %d", i));
    if (i % 4 == 0)
        request.model = &unpaid;
    request.stored = i % 6 != 0;
    struct turn *turn = admitted(scope, request);
    answered(turn, arena_printf(arena, "answer %d", i),
             i % 5 == 0   ? TURN_FAILED
             : i % 7 == 0 ? TURN_INTERRUPTED
                          : TURN_COMPLETE,
             100 + i, 10 + i);
    return turn;
}

/* What the rows must come to, reckoned here once more. */
struct want {
    long long calls, errors, in, out, cost, stored;
};

static struct want reckon(int tenant)
{
    struct want want = { 0 };
    for (int i = 0; i < BATCH; i++) {
        if ((i % 3 == 2 ? 2 : 1) != tenant)
            continue;
        want.calls++;
        want.errors += i % 5 == 0;
        want.in += 100 + i;
        want.out += 10 + i;
        want.cost += i % 4 == 0 ? 0 : 100 + i + 2 * (10 + i);
        want.stored += i % 6 != 0;
    }
    return want;
}

static void is_summed(int tenant)
{
    struct want want = reckon(tenant);
    const char *sums =
        arena_printf(arena, "%lld %lld %lld %lld %lld %lld %lld", want.calls, want.errors, want.in,
                     want.out, want.cost, 10 * want.calls, 100 * want.calls);
    is_text(say(arena_printf(arena,
                             "SELECT CONCAT_WS(' ', SUM(calls), SUM(errors), SUM(tokens_in),"
                             " SUM(tokens_out), SUM(cost), SUM(first_ms), SUM(total_ms))"
                             " FROM usage_hour WHERE tenant_id = %d",
                             tenant)),
            sums, "tenant %d: the hourly sums", tenant);
    is_text(say(arena_printf(arena,
                             "SELECT CONCAT_WS(' ', used, held) FROM budget WHERE tenant_id = %d",
                             tenant)),
            arena_printf(arena, "%lld 0", want.cost), "its budget, nothing held any more");
    is_number(ask_number(db, arena_printf(arena,
                                          "SELECT COUNT(*) FROM turn WHERE tenant_id = %d AND"
                                          " state = 'settled' AND usage_source = 'provider'",
                                          tenant)),
              want.calls, "its turns");
    is_number(ask_number(db, arena_printf(arena,
                                          "SELECT COUNT(*) FROM message m JOIN turn t USING"
                                          " (tenant_id, turn_id) WHERE tenant_id = %d AND"
                                          " m.role = 'assistant' AND m.message_id = t.answer_id AND"
                                          " m.parent_id = t.parent_id AND m.state = t.outcome AND"
                                          " m.code = t.code AND m.user_id = t.user_id AND"
                                          " m.conversation_id = t.conversation_id",
                                          tenant)),
              want.stored, "an answer for each that is kept");
}

static void many_in_one_commit(void)
{
    struct turn *turns[BATCH];
    struct settlement list[BATCH];
    int again = 0;
    for (int i = 0; i < BATCH; i++)
        turns[i] = one_of_many(i);
    for (int i = 0; i < BATCH; i++)
        list[i] = turn_settlement(turns[i]);
    struct db *through = proxy_open();
    atomic_store(&proxy.commits, true);
    atomic_store(&proxy.countdown, 1000);
    ok(worked(settle_batch(through, list, BATCH, &err)), "64 turns of two tenants are settled");
    is_number(1000 - atomic_load(&proxy.countdown), 1, "in one commit");
    db_free(&through);
    for (int i = 0; i < BATCH; i++)
        again += list[i].already;
    is_number(again, 0, "none was settled before");
    is_summed(1);
    is_summed(2);
    is_text(say("SELECT GROUP_CONCAT(tenant_id, user_id ORDER BY tenant_id, user_id) FROM"
                " active_user"),
            "1aaaaaaaaaaaaaaaa,1cccccccccccccccc,2bbbbbbbbbbbbbbbb", "three people were active");
    is_number(ask_number(db, "SELECT COUNT(*) FROM conversation c JOIN turn t ON"
                             " c.leaf_id = t.answer_id AND c.updated_ms = t.started_ms + 100"),
              reckon(1).stored + reckon(2).stored, "each conversation goes on from its answer");
    ok(ledger_agrees(), "the ledger agrees");
    const char *before = all_kept();
    for (int i = 0; i < BATCH; i++)
        list[i] = turn_settlement(turns[i]);
    ok(worked(settle_batch(worker, list, BATCH, &err)), "settling them all again is no error");
    for (int i = 0; i < BATCH; i++)
        again += list[i].already;
    is_number(again, BATCH, "each is said to be settled already");
    is_text(all_kept(), before, "and nothing is changed");
    for (int i = 0; i < BATCH; i++)
        turn_free(turns[i]);
    ok(worked(settle_batch(worker, list, 0, &err)), "an empty batch is settled");
}

static void old_and_new(void)
{
    struct turn *old = admitted(anna, asking("old")), *new = admitted(anna, asking("new"));
    answered(old, "old", TURN_COMPLETE, 10, 5);
    answered(new, "new", TURN_COMPLETE, 20, 5);
    settle_one(old);
    int64_t used = ask_number(db, "SELECT used FROM budget WHERE tenant_id = 1");
    struct settlement list[] = { turn_settlement(new), turn_settlement(old), turn_settlement(new) };
    ok(worked(settle_batch(worker, list, 3, &err)) &&
           list[0].already + list[1].already + list[2].already == 2,
       "in one batch a new one, an old one, and the new one once more");
    is_number(ask_number(db, "SELECT used FROM budget WHERE tenant_id = 1"), used + 30,
              "the new one counts, once");
    ok(ledger_agrees(), "the ledger agrees");
    turn_free(old);
    turn_free(new);
}

/* ---- what became of the conversation meanwhile ---- */

static void deleted_meanwhile(void)
{
    struct turn *turn = admitted(anna, asking("delete me"));
    struct turn *other = admitted(anna, asking("keep me"));
    answered(turn, "late", TURN_COMPLETE, 10, 5);
    answered(other, "kept", TURN_COMPLETE, 10, 5);
    conversation_delete(anna, worker, turn->conversation, 0, &err);
    int64_t messages = ask_number(db, "SELECT COUNT(*) FROM message");
    struct settlement list[] = { turn_settlement(turn), turn_settlement(other) };
    list[0].needs_title = true;
    ok(worked(settle_batch(worker, list, 2, &err)), "a deleted conversation does not stop a batch");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), messages + 1,
              "its answer is dropped, the other's kept");
    struct turn_row row;
    ok(turn_find(anna, worker, turn->id, arena, &row, &err) == 0 && row.settled && row.cost == 20,
       "and it is charged: the provider was");
    ok(ledger_agrees(), "the ledger agrees");
    turn_free(turn);
    turn_free(other);
}

static const char *title_after(const char *question, const char *answer, const char *meanwhile)
{
    struct turn *turn = admitted(anna, asking(question));
    struct conversation found = { .title = STR("?") };
    answered(turn, answer, TURN_COMPLETE, 10, 5);
    if (meanwhile)
        conversation_name(anna, worker, turn->conversation, str_of(meanwhile), &err);
    settle_one(turn);
    conversation_find(anna, worker, turn->conversation, false, arena, &found, &err);
    turn_free(turn);
    return found.title.at;
}

static void names(void)
{
    is_text(title_after("***", "# The *answer*\nis this", NULL), "The *answer",
            "a conversation"
            " whose question had no words is named after the answer");
    is_text(title_after("***", "answer", "by hand"), "by hand",
            "unless somebody named it meanwhile");
    is_text(title_after("question", "answer", NULL), "question", "or the question did");
    is_text(title_after("***", "---", NULL), "", "no words at all make no name");
}

static void answers_of_all_kinds(void)
{
    static const char zeros[] = "a\0b \xf0\x9f\x8f\x9d";
    struct turn *turn = admitted(anna, asking("bytes"));
    struct message m;
    answered(turn, "", TURN_COMPLETE, 10, 5);
    text_add(&turn->spoken.content, (struct str){ zeros, sizeof zeros - 1 });
    ok(worked(settle_one(turn)) &&
           message_find(anna, worker, turn->conversation, turn->answer, arena, &m, &err) == 0 &&
           str_equal(m.content, (struct str){ zeros, sizeof zeros - 1 }),
       "zeros and four-byte characters are stored");
    turn_free(turn);
    turn = admitted(anna, asking("nothing"));
    answered(turn, "", TURN_FAILED, 0, 0);
    ok(worked(settle_one(turn)) &&
           message_find(anna, worker, turn->conversation, turn->answer, arena, &m, &err) == 0 &&
           m.content.len == 0 && str_is(m.state, "failed") && str_is(m.code, "upstream_truncated"),
       "a failed turn leaves an empty answer that says why");
    struct turn_row row;
    turn_find(anna, worker, turn->id, arena, &row, &err);
    ok(row.cost == 0 && str_is(row.usage_source, "counted") && str_is(row.outcome, "failed"),
       "and costs nothing");
    turn_free(turn);
    turn = admitted(anna, asking("counted"));
    answered(turn, "twelve bytes", TURN_INTERRUPTED, 0, 0);
    settle_one(turn);
    turn_find(anna, worker, turn->id, arena, &row, &err);
    ok(str_is(row.usage_source, "counted") && row.tokens_out == 3 && row.tokens_in == 4 &&
           row.cost == 4 + 2 * 3,
       "where the provider said nothing, a token is four bytes");
    turn_free(turn);
    ok(ledger_agrees(), "the ledger agrees");
}

/* A turn with these bytes for an answer, settled. */
static struct message answer_after(const char *bytes, enum transfer_end how)
{
    struct turn *turn = admitted(anna, asking("calls"));
    relayed(turn, bytes);
    turn_end(turn, how, NULL, &nobody, NULL);
    turn_leave(turn);
    ok(worked(settle_one(turn)) && worked(settle_one(turn)), "settled, twice over");
    struct message m = answer_message(turn);
    turn_free(turn);
    return m;
}

/* What an answer says besides text is kept in the form in which the next turn tells it again. */
static void calls_are_kept(void)
{
    struct message m = answer_after(
        CHUNK_OF_CALL("{") CHUNK_OF_CALL("}") CHUNK_OF_FINISH("tool_calls"), TRANSFER_COMPLETE);
    is_text(m.parts.at, STORED_CALL, "an answer's calls");
    ok(m.content.len == 0 && m.bytes > (int64_t)m.parts.len && m.code.len == 0,
       "and it counts with all that it says");
    m = answer_after(CHUNK_OF("So: ") CHUNK_OF_CALL("{}"), TRANSFER_CUT);
    ok(!m.parts.at && str_is(m.content, "So: ") && str_is(m.state, "failed"),
       "of an answer that broke off nobody was told to make the calls: its text is kept");
    m = answer_after(CHUNK_OF("So") CHUNK_OF_CALL("{") CHUNK_OF_FINISH("length"),
                     TRANSFER_COMPLETE);
    ok(!m.parts.at && str_is(m.state, "complete") && str_is(m.code, "length"),
       "one that was cut at its length says so, and keeps no broken call");
}

/* One that cannot be stored takes the batch with it, and leaves the others as they were. */
static void all_or_none(void)
{
    struct turn *good = admitted(anna, asking("good")), *bad = admitted(anna, asking("bad"));
    answered(good, "good", TURN_COMPLETE, 10, 5);
    answered(bad, "\xff\xfe", TURN_COMPLETE, 10, 5);
    struct settlement list[] = { turn_settlement(good), turn_settlement(bad) };
    const char *before = all_kept();
    ok(settle_batch(worker, list, 2, &err) == -1 && err.kind != ERROR_UNAVAILABLE,
       "what can never be stored is no matter of waiting");
    is_text(all_kept(), before, "and nothing of the batch is");
    ok(worked(settle_one(good)), "the others can be settled without it");
    text_clear(&bad->spoken.content);
    ok(worked(settle_one(bad)) && ledger_agrees(), "the ledger agrees");
    turn_free(good);
    turn_free(bad);
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    proxy_begin();
    many_in_one_commit();
    old_and_new();
    deleted_meanwhile();
    names();
    answers_of_all_kinds();
    calls_are_kept();
    all_or_none();
    proxy_end();
    return chats_end();
}
