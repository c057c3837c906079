/* Recovery: whatever dies between admission and settlement is settled once, from its file or else
 * from its row; and what is not ours is left for a person to look at. */
#include "chat/follow.h"

#include "wrecks.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

/* ---- a worker that dies in the middle of a stream ---- */

static void killed(void)
{
    int ends[2];
    struct turn turn = { 0 };
    anew();
    if (pipe2(ends, O_CLOEXEC) != 0)
        bail_out("pipe");
    pid_t child = fork();
    if (child == 0) {
        struct db *own = database_open_as("insula_worker");
        struct turn_request request = asking("***");
        struct turn *mine;
        if (admit_on(own, anna, &request, &mine) != 0 || !mine)
            _exit(1);
        relayed(mine, CHUNK_OF("The answer ") CHUNK_OF("is a"));
        if (write(ends[1], mine, sizeof *mine) != sizeof *mine)
            _exit(2);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0 || read(ends[0], &turn, sizeof turn) != sizeof turn)
        bail_out("child");
    close(ends[0]);
    close(ends[1]);
    turn.scope = anna;
    is_number(recover(), 0, "a file that was touched just now is left alone");
    later(10000);
    is_number(recover(), 1, "a worker dies within an answer: its turn is settled");
    is_text(answer_of(&turn), "interrupted: The answer is a", "with what had come");
    /* "***" is 3 + 8 bytes; the answer is 15. */
    ok(is_row(&turn, "interrupted", "worker_lost", "counted", 3, 4, 3 + 2 * 4),
       "as interrupted, and charged by what passed through");
    struct conversation found;
    ok(conversation_find(anna, worker, turn.conversation, false, arena, &found, &err) == 0 &&
           str_is(found.title, "The answer is a") && message_id_equal(found.leaf, turn.answer),
       "the conversation is named after it and goes on from it");
    is_number(ask_number(db, "SELECT calls FROM usage_hour WHERE tenant_id = 1"), 1,
              "it is summed");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
    const char *before = all_kept();
    is_number(recover(), 0, "a second pass finds nothing to do");
    is_text(all_kept(), before, "and changes nothing");
    later(0);
}

/* Who comes back to the stream of a lost worker learns its end. */
static void followers_learn(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half"));
    struct follow *follow;
    if (follow_open(&chat, anna, worker, turn->id, 0, arena, &follow, &err) != 0)
        bail_out("follow");
    follow_read(follow, &nobody, NULL);
    ok(follow->state == FOLLOW_LIVE && follow->at == 2,
       "a follower has read what came, and the role that was missing");
    later(10000);
    recover();
    follow_read(follow, &nobody, NULL);
    ok(follow->state == FOLLOW_BROKEN && !strcmp(follow->code, "interrupted"),
       "and is told that it ended");
    later(0);
}

/* ---- what the file says decides ---- */

static void by_usage(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half") CHUNK_OF_USAGE(50, 7));
    later(10000);
    is_number(recover(), 1, "a file that holds the provider's count");
    ok(is_row(turn, "interrupted", "worker_lost", "provider", 50, 7, 50 + 2 * 7),
       "is charged by it");
    turn = left_behind(anna, CHUNK_OF_USAGE(1, 1) CHUNK_OF("x") CHUNK_OF_USAGE(50, 9));
    later(20000);
    ok(recover() == 1 && row_of(turn).tokens_out == 9, "the last count is what counts");
    turn = left_behind(anna, "");
    later(30000);
    ok(recover() == 1 && is_row(turn, "interrupted", "worker_lost", "counted", 0, 0, 0),
       "where nothing came nothing is charged");
    is_text(answer_of(turn), "interrupted: ", "and the answer is empty");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
}

/* Calls are kept of answers that had come to their end; half a call would break the next turn. */
static void calls(void)
{
    anew();
    struct turn *half = left_behind(anna, CHUNK_OF("Look:") CHUNK_OF_CALL("{"));
    struct turn *whole = admitted(anna, asking("hello"));
    relayed(whole, CHUNK_OF_CALL("{}") CHUNK_OF_FINISH("tool_calls"));
    turn_end(whole, TRANSFER_COMPLETE, NULL, &nobody, NULL);
    turn_leave(whole);
    turn_free(whole);
    later(10000);
    is_number(recover(), 2, "a worker dies within a call, and behind one");
    is_text(answer_of(half), "interrupted: Look:", "the text of the first is kept");
    ok(!answer_message(half).parts.at, "and nothing of its call");
    is_text(answer_message(whole).parts.at, STORED_CALL, "the call of the second is kept");
    later(0);
}

static void by_result(void)
{
    anew();
    struct turn *turn = admitted(anna, asking("hello"));
    relayed(turn, CHUNK_OF("whole") CHUNK_OF_USAGE(20, 3) "data: [DONE]\n\n");
    turn_end(turn, TRANSFER_COMPLETE, NULL, &nobody, NULL);
    turn_leave(turn);
    turn_free(turn);
    struct turn *failed = admitted(anna, asking("hello"));
    relayed(failed, CHUNK_OF("half"));
    turn_end(failed, TRANSFER_CUT, NULL, &nobody, NULL);
    turn_leave(failed);
    turn_free(failed);
    later(10000);
    is_number(recover(), 2, "turns that had ended and were not settled");
    ok(is_row(turn, "complete", "", "provider", 20, 3, 26),
       "one ends as its result says: complete");
    is_text(answer_of(turn), "complete: whole", "with the whole answer");
    ok(is_row(failed, "failed", "upstream_truncated", "counted", 4, 1, 6), "one as failed");
    ok(ask_number(db, "SELECT errors FROM usage_hour WHERE tenant_id = 1") == 1 && held() == 0 &&
           ledger_agrees(),
       "the ledger agrees");
    struct turn_row row = row_of(turn);
    ok(ask_number(db, "SELECT COUNT(*) FROM turn WHERE first_ms IS NOT NULL") == 2 &&
           row.started_ms == turn->started_unix_ms,
       "the times are the file's");
}

static void not_streamed(void)
{
    anew();
    struct turn_request request = asking("hello");
    request.stream = false;
    struct turn *turn = admitted(anna, request);
    turn_call(turn, &err);
    turn_head(turn, &(struct http_head){ .status = 200, .content_type = "application/json" });
    turn_take(turn,
              STR("{\"id\":\"c\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,"
                  "\"message\":{\"role\":\"assistant\",\"content\":\"body\"},"
                  "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
                  "\"completion_tokens\":2}}"),
              &nobody, NULL);
    turn_end(turn, TRANSFER_COMPLETE, NULL, &nobody, NULL);
    turn_leave(turn);
    turn_free(turn);
    later(10000);
    ok(recover() == 1 && is_row(turn, "complete", "", "provider", 9, 2, 13),
       "a turn that is not streamed is settled from its body");
    is_text(answer_of(turn), "complete: body", "with its answer");
}

static void not_kept(void)
{
    anew();
    struct turn_request request = asking("hello");
    request.stored = false;
    struct turn *turn = admitted(anna, request);
    relayed(turn, CHUNK_OF("secret"));
    turn_free(turn);
    struct turn *deleted = left_behind(anna, CHUNK_OF("half"));
    conversation_delete(anna, worker, deleted->conversation, 0, &err);
    later(10000);
    is_number(recover(), 2, "a turn that is not kept, and one whose conversation is deleted");
    ok(row_of(turn).settled && row_of(deleted).settled && held() == 0 && ledger_agrees(),
       "are charged");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message"), 0, "and leave no word");
}

/* ---- files that need nothing, or nothing yet ---- */

static void without_a_row(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("x"));
    must(db, "DELETE FROM turn");
    must(db, "UPDATE budget SET held = 0");
    later(10000);
    is_number(recover(), 0, "a file whose turn was never admitted");
    ok(access(path_of(turn), F_OK) != 0, "is removed");
    struct spool *empty;
    if (spool_create(spool_dir, anna, turn_id_new(), &empty, &err) != 0)
        bail_out("spool");
    spool_close(&empty);
    later(20000);
    ok(recover() == 0 && spool_files() == 0, "and so is one without a word in it");
}

static void locked(void)
{
    anew();
    struct turn *turn = admitted(anna, asking("hello"));
    relayed(turn, CHUNK_OF("live"));
    later(10000);
    const char *before = all_kept();
    is_number(recover(), 0, "a file that a worker holds");
    is_text(all_kept(), before, "is left alone, however old");
    turn_free(turn);
    is_number(recover(), 1, "until it is let go");
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void finished(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("x"));
    later(10000);
    recover();
    ok(!is_there(path_of(turn)) && is_there(finished_path_of(turn)),
       "a settled file lies apart, for those who come back");
    struct spool_reader *reader;
    enum spool_kind kind = 0;
    struct str payload;
    spool_read(spool_dir, anna, turn->id, &reader, &err);
    while (spool_next(reader, &kind, &payload) == 1)
        continue;
    ok(kind == SPOOL_SETTLED && !spool_is_live(reader), "who find it where it was, with its end");
    spool_reader_close(&reader);
    struct turn *open = left_behind(anna, CHUNK_OF("x"));
    int64_t written_ms = clock_unix_ms() - 10000;
    spool_sweep(spool_dir, written_ms - 60000);
    ok(is_there(finished_path_of(turn)), "what is younger than the sweep asks for stays");
    spool_sweep(spool_dir, written_ms + 60000);
    ok(!is_there(finished_path_of(turn)), "what is older is removed");
    ok(is_there(path_of(open)), "what is not settled never is");
}

/* ---- two at once ---- */

static pthread_barrier_t start;

static void *recover_in_thread(void *arg)
{
    struct db *own = database_open_as("insula_worker");
    struct error e;
    db_ready(own, &e);
    pthread_barrier_wait(&start);
    *(int *)arg = recovery_run(&chat, own, &e);
    db_free(&own);
    return NULL;
}

static void two_at_once(void)
{
    anew();
    for (int i = 0; i < 40; i++)
        left_behind(i % 2 ? anna : bert, CHUNK_OF("half"));
    later(10000);
    pthread_t threads[2];
    int settled[2];
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, recover_in_thread, &settled[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    is_number(settled[0] + settled[1], 40, "two that recover at once settle each turn once");
    is_number(ask_number(db, "SELECT SUM(calls) FROM usage_hour"), 40, "each is summed once");
    is_number(ask_number(db, "SELECT COUNT(*) FROM message WHERE role = 'assistant'"), 40,
              "each has one answer");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    killed();
    followers_learn();
    by_usage();
    calls();
    by_result();
    not_streamed();
    not_kept();
    without_a_row();
    locked();
    finished();
    two_at_once();
    anew();
    return chats_end();
}
