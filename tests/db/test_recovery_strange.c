/* Recovery of what is strange: files that are not what they seem, rows without a file, a turn that
 * cannot be settled, a database that goes away. Nothing strange is settled, and nothing strange
 * keeps the rest from being settled. */
#include "proxy.h"
#include "wrecks.h"

#include <fcntl.h>
#include <pthread.h>

static struct str file_read(const char *path)
{
    char *bytes = arena_alloc(arena, 65536);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, 65536);
    if (n < 0)
        bail_out(path);
    close(fd);
    return (struct str){ bytes, (size_t)n };
}

static void file_write(const char *path, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len)
        bail_out(path);
    close(fd);
}

/* The same length, so the record's frame stays whole. */
static struct str altered(struct str bytes, const char *what, const char *by)
{
    struct str copy = arena_copy(arena, bytes);
    char *at = memmem(copy.at, copy.len, what, strlen(what));
    if (!at || strlen(what) != strlen(by))
        bail_out(what);
    memcpy(at, by, strlen(by));
    return copy;
}

/* Nothing is changed, nothing is settled, and somebody is told. */
static void is_left(const char *what)
{
    int alarms = logged("spool.foreign");
    const char *before = all_kept();
    later(10000);
    is_number(recover(), 0, "%s: nothing is settled", what);
    is_text(all_kept(), before, "the file is kept");
    ok(logged("spool.foreign") > alarms, "and an alarm is raised");
}

static void foreign_files(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half"));
    struct str bytes = file_read(path_of(turn));
    const char *scope = memmem(bytes.at, bytes.len, "\"scope\":\"", 9);
    char seal[5] = "", other[5] = "";
    memcpy(seal, scope + 50, 4);
    for (int i = 0; i < 4; i++)
        other[i] = seal[i] == 'A' ? 'B' : 'A';
    file_write(path_of(turn), altered(bytes, seal, other));
    is_left("a seal that was altered");
    file_write(path_of(turn), altered(bytes, "\"scope\"", "\"scopf\""));
    is_left("a header without a seal");
    file_write(path_of(turn), altered(bytes, "{\"scope\"", "x\"scope\""));
    is_left("a header that cannot be read");
    file_write(path_of(turn), altered(bytes, "{", "["));
    is_left("a header that is no object");
    struct str headless = {
        bytes.at + 5 + (unsigned char)bytes.at[1] + 256 * (unsigned char)bytes.at[2], 0
    };
    headless.len = bytes.len - (size_t)(headless.at - bytes.at);
    file_write(path_of(turn), headless);
    is_left("a file that begins with something else");
    file_write(path_of(turn), bytes);
    is_number(recover(), 1, "as it was it is settled");
}

static void misplaced_files(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half")), moved = *turn;
    left_behind(bert, CHUNK_OF("half"));
    later(10000);
    recover();
    anew();
    turn = left_behind(anna, CHUNK_OF("half"));
    moved = *turn;
    mkdir(arena_printf(arena, "%s/2", spool_dir), 0700);
    moved.scope = bert;
    if (rename(path_of(turn), path_of(&moved)) != 0)
        bail_out("rename");
    is_left("a file in another tenant's folder");
    struct turn renamed = *turn;
    renamed.id = turn_id_new();
    if (rename(path_of(&moved), path_of(&renamed)) != 0)
        bail_out("rename");
    is_left("a file under another turn's name");
    if (rename(path_of(&renamed), path_of(turn)) != 0)
        bail_out("rename");
    is_number(recover(), 1, "in its place it is settled");
    file_write(arena_printf(arena, "%s/1/notes.txt", spool_dir), STR("x"));
    mkdir(arena_printf(arena, "%s/lost+found", spool_dir), 0700);
    if (symlink("/etc/passwd", path_of(&renamed)) != 0)
        bail_out("symlink");
    later(3600000);
    recover();
    ok(access(arena_printf(arena, "%s/1/notes.txt", spool_dir), F_OK) == 0,
       "what is no turn's file is nobody's business");
}

/* Only the scope is sealed: what was held is the row's to say. */
static void a_header_that_lies(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half"));
    struct turn *other = admitted(anna, asking("hello"));
    struct str bytes = file_read(path_of(turn));
    file_write(path_of(turn), altered(bytes, "\"needs_title\":false", "\"hold\":999999999999"));
    later(10000);
    is_number(recover(), 1, "a header that names a hold");
    is_number(held(), other->hold, "does not say what is given back");
    ok(ledger_agrees(), "the ledger agrees");
    turn_free(other);
}

static void cut_short(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("one ") CHUNK_OF("two"));
    struct str bytes = file_read(path_of(turn));
    bytes.len -= 10;
    file_write(path_of(turn), bytes);
    later(10000);
    ok(recover() == 1 && !strcmp(answer_of(turn), "interrupted: one "),
       "a record cut short is the end of the file's truth");
    struct spool_reader *reader;
    enum spool_kind kind = 0;
    struct str payload;
    spool_read(spool_dir, anna, turn->id, &reader, &err);
    while (spool_next(reader, &kind, &payload) == 1)
        continue;
    ok(kind == SPOOL_SETTLED, "and readers find the end behind it");
    spool_reader_close(&reader);
}

/* ---- rows without a file ---- */

static struct turn *machine_lost(const struct tenant_scope *scope)
{
    struct turn *turn = left_behind(scope, CHUNK_OF("half"));
    unlink(path_of(turn));
    return turn;
}

static void overdue(void)
{
    anew();
    struct turn *turn = machine_lost(anna), *other = machine_lost(bert);
    later(100000);
    is_number(recover(), 0, "a turn without a file may be another machine's, until its deadline");
    later(130000);
    is_number(recover(), 2, "then it is settled");
    ok(is_row(turn, "interrupted", "machine_lost", "estimated", 0, 0, turn->hold),
       "as estimated, and charged what was held");
    ok(row_of(other).cost == other->hold, "each to its tenant");
    is_text(answer_of(turn), "interrupted: ", "its answer is empty");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
    is_number(recover(), 0, "once");
}

static void many_overdue(void)
{
    anew();
    for (int i = 0; i < 120; i++)
        machine_lost(i % 2 ? anna : bert);
    later(130000);
    is_number(recover(), 100, "of many a hundred at a time");
    is_number(recover(), 20, "then the rest");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
}

/* The database was away for longer than the deadline: the worker still has the whole answer. */
static void overdue_but_live(void)
{
    anew();
    struct turn *turn = admitted(anna, asking("hello"));
    relayed(turn, CHUNK_OF("whole") CHUNK_OF_USAGE(20, 3) "data: [DONE]\n\n");
    turn_end(turn, TRANSFER_COMPLETE, NULL, &nobody, NULL);
    later(130000);
    is_number(recover(), 0, "a turn past its deadline whose file a worker holds is left to it");
    ok(worked(settle_one(turn)) && is_row(turn, "complete", "", "provider", 20, 3, 26),
       "which settles it as it was");
    is_text(answer_of(turn), "complete: whole", "with its answer");
    turn_free(turn);
}

static void a_row_that_is_not_ours(void)
{
    anew();
    struct turn *strange = machine_lost(anna), *good = machine_lost(bert);
    must(db, "UPDATE turn SET scope = REPEAT('x', 54) WHERE tenant_id = 1");
    later(130000);
    is_number(recover(), 1, "a row whose seal is broken does not stop the others");
    ok(!row_of(strange).settled && row_of(good).settled, "it stays open");
    ok(logged("turn.foreign") > 0, "and an alarm is raised");
}

/* ---- what cannot be settled ---- */

/* More is to be given back than is held: the database refuses. */
static void break_books(int tenant)
{
    must(db, arena_printf(arena, "UPDATE budget SET held = 0 WHERE tenant_id = %d", tenant));
}

static void one_bad_among_good(void)
{
    for (int tenant = 1; tenant <= 2; tenant++) { /* whichever the walk comes to first */
        anew();
        struct turn *bad = left_behind(tenant == 1 ? anna : bert, CHUNK_OF("half"));
        struct turn *good = left_behind(tenant == 1 ? bert : anna, CHUNK_OF("half"));
        struct turn *gone = machine_lost(tenant == 1 ? bert : anna);
        break_books(tenant);
        later(10000);
        recover();
        ok(row_of(good).settled && !row_of(bad).settled,
           "one tenant's turn that cannot be settled does not keep another's from it");
        later(130000);
        recover();
        ok(row_of(gone).settled, "nor a turn without a file");
        ok(access(path_of(bad), F_OK) == 0, "its file is kept");
    }
}

static void no_database(void)
{
    anew();
    struct turn *turn = left_behind(anna, CHUNK_OF("half"));
    const char *before = all_kept();
    later(10000);
    struct db *through = proxy_open();
    proxy_lose(6, LOSS_UNHEARD);
    ok(recovery_run(&chat, through, &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "a database that goes away: ERROR_UNAVAILABLE");
    is_text(all_kept(), before, "nothing is changed, the file is kept");
    db_free(&through);
    through = proxy_open();
    proxy_lose(1, LOSS_UNHEARD);
    ok(recovery_run(&chat, through, &err) == -1 && access(path_of(turn), F_OK) == 0,
       "a row that cannot be looked for is not a row that is not there");
    db_free(&through);
    through = proxy_open();
    proxy_lose_commit(LOSS_UNTOLD, 0, false);
    pause_ms(220); /* a handle may connect anew at once, if it is let */
    ok(recovery_run(&chat, through, &err) == 1 && row_of(turn).settled && ledger_agrees(),
       "a COMMIT that was done and not told is one that was done");
    db_free(&through);
    const char *away = arena_printf(arena, "%s.away", spool_dir);
    if (rename(spool_dir, away) != 0)
        bail_out("rename");
    ok(recovery_run(&chat, worker, &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "without a spool it is ERROR_UNAVAILABLE");
    rename(away, spool_dir);
}

static void keys_are_swept(void)
{
    anew();
    struct turn_request request = asking("hello");
    request.idempotency_key = STR("old");
    turn_free(admitted(anna, request));
    later(23 * 3600 * 1000LL);
    recover();
    is_number(ask_number(db, "SELECT COUNT(*) FROM idempotency"), 1, "a key lives for a day");
    later(25 * 3600 * 1000LL);
    recover();
    is_number(ask_number(db, "SELECT COUNT(*) FROM idempotency"), 0, "then it is forgotten");
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    proxy_begin();
    foreign_files();
    misplaced_files();
    a_header_that_lies();
    cut_short();
    overdue();
    many_overdue();
    overdue_but_live();
    a_row_that_is_not_ours();
    one_bad_among_good();
    no_database();
    keys_are_swept();
    anew();
    proxy_end();
    return chats_end();
}
