/* Admission: what a turn begins with. One transaction that keeps the question, holds the money and
 * opens the ledger, or keeps nothing at all. */
#include "chats.h"

#include <fcntl.h>

static struct conversation find(struct conversation_id id)
{
    struct conversation found = { 0 };
    if (conversation_find(anna, worker, id, false, arena, &found, &err) != 0)
        bail_out("find");
    return found;
}

static int refused(struct turn_request request, enum error_kind kind, const char *code)
{
    struct turn *turn;
    const char *before = all_kept();
    bool is_so = failed_as(admit_on(worker, anna, &request, &turn), kind, code);
    const char *after = all_kept();
    if (strcmp(before, after))
        printf("# before %s\n# after  %s\n", before, after);
    return is_so && !turn && turn_id_is_zero(attached) && !strcmp(before, after);
}

static void a_new_conversation(void)
{
    struct turn *turn = admitted(anna, asking("## What is an *island*?\nTell me."));
    struct conversation c = find(turn->conversation);
    is_text(c.title.at, "What is an *island*?", "a new conversation is named after the question");
    ok(!turn->needs_title && str_is(c.model, "paid") && message_id_equal(c.leaf, turn->parent) &&
           c.created_ms == turn->started_unix_ms,
       "it knows its model, its leaf, its time");
    struct message m;
    ok(worked(message_find(anna, worker, c.id, turn->parent, arena, &m, &err)) &&
           str_is(m.content, "## What is an *island*?\nTell me.") && str_is(m.role, "user") &&
           str_is(m.state, "complete") && message_id_is_zero(m.parent),
       "the question is its first message");
    ok(ask_number(db, "SELECT COUNT(*) FROM message") == 1, "the only one yet");
    struct turn_row row;
    ok(worked(turn_find(anna, worker, turn->id, arena, &row, &err)) && !row.settled &&
           conversation_id_equal(row.conversation, c.id) &&
           message_id_equal(row.parent, turn->parent) &&
           message_id_equal(row.answer, turn->answer) && row.hold == turn->hold &&
           row.deadline_ms == row.started_ms + 60000 + 60000 &&
           row.period == clock_period(row.started_ms),
       "the ledger has its row, open, with hold and deadline");
    ok(spool_files() == 1 && turn->spool, "and the spool its file");
    struct spool_reader *reader;
    enum spool_kind kind = 0;
    struct str payload;
    spool_read(spool_dir, anna, turn->id, &reader, &err);
    ok(spool_next(reader, &kind, &payload) == 1 && kind == SPOOL_HEADER &&
           spool_next(reader, &kind, &payload) == 1 && kind == SPOOL_PLACE &&
           str_equal(payload, turn->place) && spool_is_live(reader),
       "which begins with header and place, and is locked");
    spool_reader_close(&reader);
    ok(turn->completion.message_count == 1 && turn->completion.max_tokens == 0,
       "without a cap the provider is told no length");
    ok(ledger_agrees(), "the ledger agrees");
    turn_free(turn);
}

static void without_words(void)
{
    struct turn_request request = asking("***");
    struct turn *turn = admitted(anna, request);
    ok(turn->needs_title && find(turn->conversation).title.len == 0,
       "a question without words names nothing yet");
    turn_free(turn);
    request = asking("not kept");
    request.stored = false;
    const char *messages = "SELECT (SELECT COUNT(*) FROM message) * 1000 +"
                           " (SELECT COUNT(*) FROM conversation)";
    int64_t before = ask_number(db, messages);
    turn = admitted(anna, request);
    ok(conversation_id_is_zero(turn->conversation) && ask_number(db, messages) == before,
       "a turn that is not to be kept has no conversation");
    turn_free(turn);
}

/* ---- into a conversation that is there ---- */

static const char *prompt_of(const struct turn *turn)
{
    const char *all = "";
    for (size_t i = 0; i < turn->completion.message_count; i++)
        all = arena_printf(arena, "%s%c:%.*s ", all, turn->completion.messages[i].role[0],
                           STR_ARGS(turn->completion.messages[i].content));
    return all;
}

static struct turn *go_on(struct conversation_id conversation, const char *text, bool has_parent,
                          struct message_id parent, const char *answer)
{
    struct turn_request request = asking(text);
    request.conversation = conversation;
    request.has_parent = has_parent;
    request.parent = parent;
    return exchange_of(anna, request, answer);
}

static void branches(void)
{
    static const struct message_id root_of_all;
    struct turn *one = exchange_of(anna, asking("q1"), "a1");
    struct conversation_id c = one->conversation;
    struct turn *two = go_on(c, "q2", false, root_of_all, "a2");
    is_text(prompt_of(two), "u:q1 a:a1 u:q2 ", "a second question brings what was said before");
    ok(message_id_equal(find(c).leaf, two->answer) && str_is(find(c).title, "q1"),
       "the answer is the newest leaf, the title stays");
    struct turn *edit = go_on(c, "q2b", true, one->answer, "a2b");
    is_text(prompt_of(edit), "u:q1 a:a1 u:q2b ", "an edited question hangs where the first did");
    struct turn *again = go_on(c, "", true, edit->parent, "a2c");
    is_text(prompt_of(again), "u:q1 a:a1 u:q2b ", "an answer made again has the same question");
    ok(message_id_equal(again->parent, edit->parent) &&
           !message_id_equal(again->answer, edit->answer),
       "and hangs beside the first");
    struct turn *first = go_on(c, "q1b", true, root_of_all, "a1b");
    is_text(prompt_of(first), "u:q1b ", "a first question edited begins anew");
    struct turn *next = go_on(c, "q3", false, root_of_all, "a3");
    is_text(prompt_of(next), "u:q1b a:a1b u:q3 ", "and the conversation goes on from there");
    struct turn *old = go_on(c, "q4", true, two->answer, "a4");
    is_text(prompt_of(old), "u:q1 a:a1 u:q2 a:a2 u:q4 ", "an old branch can be gone on with");
    ok(ledger_agrees(), "the ledger agrees");
}

static void what_is_not_ones_own(void)
{
    struct turn *mine = exchange_of(anna, asking("mine"), "a");
    struct turn *other = exchange_of(anna, asking("other"), "a");
    struct turn *carls = exchange_of(carl, asking("carl's"), "a");
    struct turn *berts = exchange_of(bert, asking("bert's"), "a");
    struct turn_request request = asking("q");
    request.conversation = conversation_id_new();
    ok(refused(request, ERROR_NOT_FOUND, "conversation_not_found"), "no such conversation");
    request.conversation = carls->conversation;
    ok(refused(request, ERROR_NOT_FOUND, "conversation_not_found"), "a colleague's");
    request.conversation = berts->conversation;
    ok(refused(request, ERROR_NOT_FOUND, "conversation_not_found"), "another tenant's");
    request.conversation = mine->conversation;
    request.has_parent = true;
    request.parent = other->answer;
    ok(refused(request, ERROR_NOT_FOUND, "message_not_found"), "a parent in another conversation");
    request.parent = carls->answer;
    ok(refused(request, ERROR_NOT_FOUND, "message_not_found"), "a colleague's message");
    request.parent = message_id_new();
    ok(refused(request, ERROR_NOT_FOUND, "message_not_found"), "no such parent");
    request.idempotency_key = STR("foreign");
    ok(refused(request, ERROR_NOT_FOUND, "message_not_found"), "a key is not claimed by that");
}

/* ---- what the model can read ---- */

static void a_long_history(void)
{
    static const struct message_id root_of_all;
    struct model small = paid;
    small.context_tokens = 160;
    small.output_tokens = 60; /* 100 estimated tokens, three bytes each, for the prompt */
    struct turn_request request = asking("q0");
    struct prompt_message messages[2] = { { .role = "system", .content = STR("rule") },
                                          { .role = "user", .content = STR("q0") } };
    int64_t tokens[2] = { 12, 10 };
    request.prompt = (struct prompt){ messages, tokens, 2 };
    request.model = &small;
    struct turn *turn = exchange_of(anna, request, "a0");
    ok(turn->completion.message_count == 2 && turn->prompt_tokens == 22,
       "several new messages are kept in order");
    struct conversation_id c = turn->conversation;
    for (int i = 1; i < 12; i++)
        turn = go_on(c, arena_printf(arena, "q%d", i), false, root_of_all, "a");
    request = asking("last");
    request.conversation = c;
    request.model = &small;
    turn = admitted(anna, request);
    const char *said = prompt_of(turn);
    ok(!strncmp(said, "s:rule ", 7), "a history too long keeps what the system says");
    ok(strstr(said, "u:last ") == said + strlen(said) - 7, "and the question");
    ok(!strstr(said, "q0 ") && !strstr(said, "q1 ") && strstr(said, "q11 "),
       "it loses the oldest (%s)", said);
    int64_t bound = 0;
    for (size_t i = 0; i < turn->completion.message_count; i++)
        bound += (int64_t)turn->completion.messages[i].content.len + 8;
    is_number(turn->prompt_tokens, bound, "only what is sent is held for");
    turn_free(turn);
}

/* ---- attaching a retry ---- */

static void keys(void)
{
    struct turn_request request = asking("once"), other;
    struct turn *first, *second;
    request.idempotency_key = STR("key");
    first = admitted(anna, request);
    const char *before = all_kept();
    ok(worked(admit_on(worker, anna, &request, &second)) && !second &&
           turn_id_equal(attached, first->id),
       "a retry is told which turn is its own");
    is_text(all_kept(), before, "and keeps nothing of its own");
    other = request;
    other.body_raw = STR("{ }");
    ok(refused(other, ERROR_UNPROCESSABLE, "idempotency_mismatch"), "another body is refused");
    other = request;
    other.route = "POST /other";
    ok(refused(other, ERROR_UNPROCESSABLE, "idempotency_mismatch"), "and so is another route");
    second = admitted(carl, request);
    ok(!turn_id_equal(second->id, first->id), "a colleague's key is another key");
    turn_free(second);
    answered(first, "a", TURN_COMPLETE, 1, 1);
    settle_one(first);
    ok(worked(admit_on(worker, anna, &request, &second)) && turn_id_equal(attached, first->id),
       "a retry finds a turn that is over, too");
    turn_free(first);
    clock_set_unix_ms(clock_unix_ms() + 25 * 3600 * 1000LL);
    second = admitted(anna, request);
    ok(!turn_id_equal(second->id, first->id), "after a day the key is new");
    is_number(ask_number(db, "SELECT COUNT(*) FROM idempotency WHERE name = 'key'"), 2,
              "and has one claimant again");
    other = request;
    ok(worked(admit_on(worker, anna, &other, &first)) && turn_id_equal(attached, second->id),
       "who holds it for the next");
    clock_set_unix_ms(0);
    turn_free(second);
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    a_new_conversation();
    without_words();
    branches();
    what_is_not_ones_own();
    a_long_history();
    keys();
    return chats_end();
}
