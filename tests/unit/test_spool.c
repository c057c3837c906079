/* The spool: records come back whole and in order, a broken end is no end, and a lock says who
 * lives. */
#include "base/clock.h"
#include "spool_place.h"

#include "spool_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static void append(struct spool *spool, enum spool_kind kind, const char *payload)
{
    ok(spool_append(spool, kind, str_of(payload), &err) == 0, "%c %.20s is written", kind, payload);
}

/* All whole records from here on, as "H:payload E:payload ". */
static const char *rest(struct spool_reader *reader)
{
    char *all = arena_printf(arena, "%s", "");
    enum spool_kind kind;
    struct str payload;
    while (spool_next(reader, &kind, &payload) == 1)
        all = arena_printf(arena, "%s%c:%.*s ", all, kind, STR_ARGS(payload));
    return all;
}

static const char *content(uint32_t tenant, struct turn_id turn)
{
    struct spool_reader *reader = spool_open_reader(tenant, turn);
    const char *all = rest(reader);
    spool_reader_close(&reader);
    return all;
}

static const char *path_of(uint32_t tenant, struct turn_id turn)
{
    struct spool_path path = spool_file_path(spool_dir, (struct tenant_id){ tenant }, turn);
    return arena_printf(arena, "%s", path.text);
}

static void records_come_back(void)
{
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn);
    append(spool, SPOOL_HEADER, "{}");
    append(spool, SPOOL_EVENT, "");
    append(spool, SPOOL_RESULT, "end");
    is_text(content(1, turn), "H:{} E: R:end ", "what was written is read, in order");
    static const char zeros[] = "a\0b";
    ok(spool_append(spool, SPOOL_BODY, (struct str){ zeros, 3 }, &err) == 0, "bytes are bytes");
    static char large[3 << 20];
    memset(large, 'x', sizeof large);
    ok(spool_append(spool, SPOOL_EVENT, (struct str){ large, sizeof large }, &err) == 0,
       "a large record");
    struct spool_reader *reader = spool_open_reader(1, turn);
    enum spool_kind kind;
    struct str payload = { 0 };
    for (int i = 0; i < 4; i++)
        spool_next(reader, &kind, &payload);
    ok(kind == SPOOL_BODY && payload.len == 3 && !memcmp(payload.at, zeros, 3), "NUL comes back");
    ok(spool_next(reader, &kind, &payload) == 1 && payload.len == sizeof large &&
           !memcmp(payload.at, large, sizeof large),
       "so does a large one");
    ok(spool_next(reader, &kind, &payload) == 0, "then there is no more");
    spool_reader_close(&reader);
    spool_close(&spool);
    ok(!spool && access(path_of(1, turn), F_OK) == 0, "a closed spool keeps its file");
    struct stat facts;
    ok(stat(path_of(1, turn), &facts) == 0 && (facts.st_mode & 0777) == 0600, "for its owner only");
}

/* Nobody may take what a failing disk gave for the whole. */
static void a_failing_disk_is_no_end(void)
{
    struct spool_reader *reader = spool_reader_of(open(spool_dir, O_RDONLY | O_CLOEXEC));
    enum spool_kind kind;
    struct str payload;
    ok(spool_next(reader, &kind, &payload) == -1, "what cannot be read is not the end");
    spool_reader_close(&reader);
}

static void files_are_one_tenants(void)
{
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn), *second = NULL;
    struct spool_reader *reader = NULL;
    ok(spool_create(spool_dir, spool_scope(1), turn, &second, &err) == -1 &&
           err.kind == ERROR_UNAVAILABLE && !second,
       "one turn has one file");
    ok(spool_read(spool_dir, spool_scope(2), turn, &reader, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND && !reader,
       "another tenant finds nothing");
    ok(spool_read(spool_dir, spool_scope(1), turn_id_new(), &reader, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "nor is there an unknown turn");
    spool_discard(&spool);
    ok(!spool && access(path_of(1, turn), F_OK) < 0, "a turn never admitted leaves no file");
    spool_discard(&spool);
    if (symlink("/etc/passwd", path_of(1, turn)) < 0)
        abort();
    ok(spool_read(spool_dir, spool_scope(1), turn, &reader, &err) == -1 &&
           spool_create(spool_dir, spool_scope(1), turn, &spool, &err) == -1,
       "a symbolic link is neither read nor written");
    unlink(path_of(1, turn));
}

/* A file cut at every byte gives exactly its whole records. */
static void cut_records_are_not_there(void)
{
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn);
    append(spool, SPOOL_HEADER, "head");
    append(spool, SPOOL_EVENT, "");
    append(spool, SPOOL_EVENT, "third");
    int wrong = 0;
    for (int length = 9 + 5 + 10; length >= 0; length--) {
        if (truncate(path_of(1, turn), length) < 0)
            abort();
        const char *want = length >= 24   ? "H:head E: E:third "
                           : length >= 14 ? "H:head E: "
                           : length >= 9  ? "H:head "
                                          : "";
        wrong += strcmp(content(1, turn), want) != 0;
    }
    is_number(wrong, 0, "a file cut at any byte ends with its last whole record");
    int fd = open(path_of(1, turn), O_WRONLY);
    if (write(fd, "E\xff\xff\xff\xff", 5) != 5)
        abort();
    close(fd);
    is_text(content(1, turn), "", "a length without end is no record, and no memory");
    spool_discard(&spool);
}

static void a_reader_follows_its_writer(void)
{
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn);
    struct spool_reader *reader = spool_open_reader(1, turn);
    is_text(rest(reader), "", "nothing yet");
    append(spool, SPOOL_HEADER, "1");
    is_text(rest(reader), "H:1 ", "what came");
    append(spool, SPOOL_EVENT, "2");
    append(spool, SPOOL_EVENT, "3");
    is_text(rest(reader), "E:2 E:3 ", "what came since");
    is_text(rest(reader), "", "nothing twice");
    ok(spool_is_live(reader), "its writer lives");
    spool_close(&spool);
    ok(!spool_is_live(reader), "and then does not");
    spool_reader_close(&reader);
    ok(!reader, "a closed reader is NULL");
    spool_reader_close(&reader);
}

/* A writer in another process, as fast as it can; the reader never sees a half or a lost record. */
static void following_another_process(void)
{
    enum { MANY = 20000 };
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn);
    struct spool_reader *reader = spool_open_reader(1, turn);
    pid_t child = fork();
    if (child == 0) {
        char payload[600];
        for (int i = 0; i < MANY; i++) {
            int n = snprintf(payload, sizeof payload, "%d%*s", i, i % 500, "");
            (void)!spool_append(spool, SPOOL_EVENT, (struct str){ payload, (size_t)n }, &err);
        }
        _exit(0);
    }
    spool_close(&spool); /* the lock is the child's now: it came with the descriptor */
    int seen = 0, wrong = 0, lively = 0;
    for (bool live = true; live;) {
        live = spool_is_live(reader);
        lively += live;
        enum spool_kind kind;
        struct str payload;
        while (spool_next(reader, &kind, &payload) == 1)
            wrong += kind != SPOOL_EVENT || atoi(payload.at) != seen++;
    }
    waitpid(child, NULL, 0);
    is_number(seen, MANY, "every record of a writer in another process");
    is_number(wrong, 0, "whole, once, in order");
    ok(lively > 0, "which was seen to live while it wrote (%d looks)", lively);
    spool_reader_close(&reader);
}

static void a_killed_writer_lives_no_more(void)
{
    struct turn_id turn = turn_id_new();
    int ready[2];
    if (pipe(ready) < 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        struct spool *spool;
        if (spool_create(spool_dir, spool_scope(1), turn, &spool, &err) == 0 &&
            spool_append(spool, SPOOL_HEADER, STR("last words"), &err) == 0 &&
            write(ready[1], "!", 1) == 1)
            pause();
        _exit(1);
    }
    char byte;
    if (read(ready[0], &byte, 1) != 1)
        abort();
    struct spool_reader *reader = spool_open_reader(1, turn);
    ok(spool_is_live(reader), "a writer lives");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ok(!spool_is_live(reader), "until it is killed");
    is_text(rest(reader), "H:last words ", "what it wrote is there");
    spool_reader_close(&reader);
}

static void orphans_are_adopted(void)
{
    struct spool_orphan file = { .tenant = { 1 }, .turn = turn_id_new() };
    struct spool *spool = spool_open_new(1, file.turn), *mine = NULL, *other = NULL;
    struct spool_reader *reader = NULL, *none = NULL;
    append(spool, SPOOL_HEADER, "h");
    ok(spool_adopt(spool_dir, &file, &mine, &reader, &err) == 0 && !mine && !reader,
       "what a writer holds is not adopted");
    spool_close(&spool);
    ok(spool_adopt(spool_dir, &file, &mine, &reader, &err) == 0 && mine && reader,
       "what nobody holds is");
    ok(spool_adopt(spool_dir, &file, &other, &none, &err) == 0 && !other && !none, "by one");
    is_text(rest(reader), "H:h ", "its records can be read");
    append(mine, SPOOL_RESULT, "r");
    is_text(rest(reader), "R:r ", "and one more be written");
    spool_reader_close(&reader);
    ok(spool_adopt(spool_dir, &file, &other, &none, &err) == 0 && !other,
       "closing the reader does not let the lock go");
    spool_close(&mine);
    ok(spool_adopt(spool_dir, &file, &other, &none, &err) == 0 && other, "closing the spool does");
    spool_remove(spool_dir, &file);
    spool_close(&other);
    spool_reader_close(&none);
    ok(spool_adopt(spool_dir, &file, &other, &none, &err) == 0 && !other,
       "what is gone is no error");
}

/* The last whole record counts; what recovery appends stands behind it. */
static void a_cut_record_does_not_swallow_the_next(void)
{
    struct spool_orphan file = { .tenant = { 1 }, .turn = turn_id_new() };
    struct spool *spool = spool_open_new(1, file.turn), *mine = NULL;
    struct spool_reader *reader = NULL;
    append(spool, SPOOL_HEADER, "h");
    append(spool, SPOOL_EVENT, "cut short");
    spool_close(&spool);
    if (truncate(path_of(1, file.turn), 6 + 5 + 4) < 0)
        abort();
    if (spool_adopt(spool_dir, &file, &mine, &reader, &err) < 0 || !mine)
        abort();
    is_text(rest(reader), "H:h ", "a crashed turn's whole records");
    append(mine, SPOOL_SETTLED, "s");
    spool_reader_close(&reader);
    spool_close(&mine);
    is_text(content(1, file.turn), "H:h S:s ", "what is appended after a crash can be read");
    spool_remove(spool_dir, &file);
}

static bool was_walked;

static int note_walked(void *self, const struct spool_orphan *file)
{
    const struct turn_id *turn = self;
    was_walked = was_walked || turn_id_equal(file->turn, *turn);
    return 0;
}

static bool is_walked(struct turn_id turn)
{
    was_walked = false;
    return spool_walk(spool_dir, note_walked, &turn, &err) == 0 && was_walked;
}

static void what_is_settled_is_not_walked(void)
{
    struct turn_id turn = turn_id_new();
    struct spool *spool = spool_open_new(1, turn);
    append(spool, SPOOL_HEADER, "h");
    append(spool, SPOOL_RESULT, "r");
    ok(is_walked(turn), "a turn that is over is not settled yet");
    append(spool, SPOOL_SETTLED, "s");
    ok(!is_walked(turn), "with its last record it is, and no walk meets it");
    is_text(content(1, turn), "H:h R:r S:s ", "it can still be read");
    spool_close(&spool);
    spool_sweep(spool_dir, clock_unix_ms() - 60000);
    is_text(content(1, turn), "H:h R:r S:s ", "as long as finished files are kept");
    spool_sweep(spool_dir, clock_unix_ms() + 60000);
    struct spool_reader *reader;
    ok(spool_read(spool_dir, spool_scope(1), turn, &reader, &err) < 0 &&
           err.kind == ERROR_NOT_FOUND,
       "and no longer");
}

struct walk {
    int seen, ours, stop_at;
    struct turn_id turns[3];
    int64_t newest_ms;
};

static int walk_take(void *self, const struct spool_orphan *file)
{
    struct walk *walk = self;
    for (uint32_t i = 0; i < 3; i++)
        walk->ours += file->tenant.v == i + 11 && turn_id_equal(file->turn, walk->turns[i]);
    walk->newest_ms =
        file->changed_unix_ms > walk->newest_ms ? file->changed_unix_ms : walk->newest_ms;
    return ++walk->seen == walk->stop_at ? -1 : 0;
}

static void walks_see_every_file(void)
{
    struct walk walk = { .stop_at = -1 };
    struct spool *spools[3];
    for (uint32_t i = 0; i < 3; i++) {
        walk.turns[i] = turn_id_new();
        spools[i] = spool_open_new(i + 11, walk.turns[i]);
        append(spools[i], SPOOL_HEADER, "h");
    }
    close(open(arena_printf(arena, "%s/11/notes", spool_dir), O_CREAT | O_WRONLY, 0600));
    mkdir(arena_printf(arena, "%s/x", spool_dir), 0700);
    ok(spool_cancel(spool_dir, spool_scope(11), walk.turns[0], &err) == 0, "a wish to cancel");
    ok(spool_walk(spool_dir, walk_take, &walk, &err) == 0, "the walk");
    is_number(walk.ours, 3, "comes by every tenant's files, live or not");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 - walk.newest_ms;
    ok(age_ms >= -50 && age_ms < 10000, "and knows when they changed (%lld ms)", (long long)age_ms);
    int all = walk.seen;
    walk.seen = 0;
    walk.stop_at = 2;
    ok(all > 2 && spool_walk(spool_dir, walk_take, &walk, &err) == 0 && walk.seen == 2,
       "and ends when it is told to");
    ok(spool_walk("/nowhere/at/all", walk_take, &walk, &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "no spool is an error");
    for (int i = 0; i < 3; i++)
        spool_discard(&spools[i]);
}

struct wanted {
    struct turn_id mine;
    int asked, found;
};

static bool is_mine(void *self, struct turn_id turn)
{
    struct wanted *wanted = self;
    bool mine = turn_id_equal(turn, wanted->mine);
    wanted->asked++;
    wanted->found += mine;
    return mine;
}

static void wishes_reach_their_relay(void)
{
    struct wanted wanted = { .mine = turn_id_new() };
    struct turn_id others = turn_id_new();
    struct spool *spool = spool_open_new(1, wanted.mine), *other = spool_open_new(1, others);
    int fd = spool_cancel_watch(spool_dir, &err);
    ok(fd >= 0, "the folder can be watched");
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    wanted.asked = wanted.found = 0;
    ok(spool_cancel(spool_dir, spool_scope(1), turn_id_new(), &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "an unknown turn cannot be cancelled");
    ok(spool_cancel(spool_dir, spool_scope(2), wanted.mine, &err) == -1 &&
           err.kind == ERROR_NOT_FOUND,
       "nor another tenant's");
    ok(spool_cancel(spool_dir, spool_scope(1), wanted.mine, &err) == 0 &&
           spool_cancel(spool_dir, spool_scope(1), others, &err) == 0,
       "one's own can");
    ok(spool_cancel(spool_dir, spool_scope(1), others, &err) == 0, "twice too");
    char event[4096];
    ok(read(fd, event, sizeof event) > 0, "the watcher hears of it");
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    ok(wanted.found == 1, "its relay finds it");
    wanted.found = 0;
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    is_number(wanted.found, 0, "once");
    wanted.mine = others;
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    is_number(wanted.found, 1, "the other's wish was left for the other's relay");

    wanted.mine = turn_id_new();
    ok(spool_cancel(spool_dir, spool_scope(1), others, &err) == 0, "a wish that nobody takes");
    char id[ID_TEXT_MAX];
    const char *path = arena_printf(arena, "%s/cancel/%s", spool_dir, turn_id_text(others, id));
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    ok(access(path, F_OK) == 0, "waits");
    struct timespec old[2] = { { time(NULL) - 120, 0 }, { time(NULL) - 120, 0 } };
    utimensat(AT_FDCWD, path, old, 0);
    spool_cancel_take(spool_dir, fd, is_mine, &wanted);
    ok(access(path, F_OK) < 0, "but no longer than a minute");
    close(fd);
    spool_discard(&spool);
    spool_discard(&other);
}

/* In a child: files may not grow beyond `bytes`, as on a full disk. */
static int with_full_disk(rlim_t bytes, int (*use)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, bytes });
        _exit(use());
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct turn_id full_turn;

static int fill_up(void)
{
    struct spool *spool;
    if (spool_create(spool_dir, spool_scope(1), full_turn, &spool, &err) < 0)
        return 1;
    if (spool_append(spool, SPOOL_HEADER, STR("head"), &err) < 0)
        return 2;
    if (spool_append(spool, SPOOL_EVENT, STR("0123456789"), &err) == 0)
        return 3; /* 9 of 20 bytes are taken, this needs 15: half of it fits */
    if (err.kind != ERROR_UNAVAILABLE || strcmp(err.code, "spool_unavailable") ||
        err.retry_after_ms <= 0)
        return 4;
    if (spool_append(spool, SPOOL_EVENT, STR("x"), &err) == 0)
        return 5; /* it would fit, but then there were a gap */
    struct spool_reader *reader = spool_open_reader(1, full_turn);
    if (!spool_is_live(reader))
        return 6;
    spool_close(&spool);
    return 0;
}

static int create_on_full(void)
{
    struct spool *spool;
    if (spool_create(spool_dir, spool_scope(1), turn_id_new(), &spool, &err) < 0)
        return err.kind == ERROR_UNAVAILABLE ? 0 : 1;
    int status = spool_append(spool, SPOOL_HEADER, STR("head"), &err);
    spool_discard(&spool);
    return status == -1 && err.kind == ERROR_UNAVAILABLE ? 0 : 2;
}

static void a_full_disk_breaks_one_file(void)
{
    struct stat facts;
    full_turn = turn_id_new();
    is_number(with_full_disk(20, fill_up), 0,
              "a full disk is an error once, and from then on: no gap in what is kept");
    is_text(content(1, full_turn), "H:head ", "what was whole before stays");
    ok(stat(path_of(1, full_turn), &facts) == 0 && facts.st_size == 9,
       "and half a record is cut away");
    is_number(with_full_disk(0, create_on_full), 0, "no turn begins on a full disk");
}

static void folders_are_made(void)
{
    const char *dir = arena_printf(arena, "%s/made", spool_dir);
    struct stat facts;
    ok(spool_prepare(dir, &err) == 0 && stat(dir, &facts) == 0 && (facts.st_mode & 0777) == 0700,
       "the spool's folder is ours only");
    ok(stat(arena_printf(arena, "%s/cancel", dir), &facts) == 0 && (facts.st_mode & 0777) == 0700,
       "so is cancel/");
    ok(spool_prepare(dir, &err) == 0, "made twice is made");
    ok(spool_prepare("/proc/nowhere", &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "where it cannot be made, it says so");
}

int main(void)
{
    umask(0);
    spool_place_make();
    records_come_back();
    a_failing_disk_is_no_end();
    files_are_one_tenants();
    cut_records_are_not_there();
    a_reader_follows_its_writer();
    following_another_process();
    a_killed_writer_lives_no_more();
    orphans_are_adopted();
    a_cut_record_does_not_swallow_the_next();
    what_is_settled_is_not_walked();
    walks_see_every_file();
    wishes_reach_their_relay();
    a_full_disk_breaks_one_file();
    folders_are_made();
    spool_place_remove();
    return done();
}
