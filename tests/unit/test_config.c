/* insula.conf: what is accepted, and every problem at once with its line. */
#include "base/config.h"
#include "settings.h"
#include "tap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEEDED                                                                                     \
    "[worker]\nrun_dir = run\n[database]\nsocket = /run/db.sock\nname = insula\nuser = worker\n"   \
    "[spool]\ndir = /var/spool\n[keys]\nfile = keys\n"

static char folder[PATH_MAX] = "/tmp/insula-conf-XXXXXX", path[PATH_MAX + 16];
static struct arena *arena;
static struct config config;
static struct text problems;
static struct error err;

static int read_bytes(struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len || close(fd))
        return -2;
    text_clear(&problems);
    arena_reset(arena);
    memset(&config, 0x55, sizeof config);
    return config_read(arena, path, &config, &problems, &err);
}

static const char *told(void)
{
    return problems.at ? problems.at : "";
}

static void is_accepted(const char *text, const char *promise)
{
    if (!ok(read_bytes(str_of(text)) == 0 && problems.len == 0, "accepted: %s", promise))
        printf("# %s\n", told());
}

/* Behind the needed settings, which take ten lines. */
static void is_problem(const char *rest, const char *want, const char *promise)
{
    char text[8192];
    snprintf(text, sizeof text, "%s%s", NEEDED, rest);
    ok(read_bytes(str_of(text)) == -1, "refused: %s", promise);
    is_text(told(), want, "and told why: %s", promise);
}

static void test_smallest(void)
{
    char want[2 * PATH_MAX];
    is_accepted(NEEDED, "the needed settings alone");
    is_text(config.path, path, "the file's own path is absolute");
    snprintf(want, sizeof want, "%s/run", folder);
    is_text(config.worker.run_dir, want, "a relative path starts at the file's folder");
    is_text(config.spool.dir, "/var/spool", "an absolute path stays");
    is_text(config.database.name, "insula", "a text is no path");
    ok(config.worker.desks == 4 && config.worker.streams == 2500 &&
           config.worker.drain_seconds == 60 && config.worker.peer_uid == -1,
       "the worker's defaults");
    ok(config.spool.keep_seconds == 300 && config.limits.body_bytes == 4 << 20 &&
           config.limits.messages == 2000 && config.limits.message_bytes == 1 << 20,
       "the defaults of spool and limits");
    ok(config.upstream.connect_ms == 10000 && config.upstream.first_event_ms == 120000 &&
           config.upstream.idle_ms == 60000 && config.upstream.total_ms == 900000 &&
           config.upstream.reply_bytes == 8 << 20 && config.upstream.head_wait_ms == 5000 &&
           config.upstream.ping_ms == 10000 && config.upstream.attempts == 3 &&
           config.upstream.retry_wait_ms == 10000 && config.upstream.breaker_failures == 10 &&
           config.upstream.breaker_open_ms == 10000,
       "the upstream's defaults");
    ok(!config.upstream.allow && !config.upstream.ca_file && !config.log.file &&
           !config.database.host && !config.database.tls_ca && !config.operator_database.name &&
           !config.migration_database.name,
       "what is not set is NULL");
}

static void test_every_setting(void)
{
    char text[8192], number[16];
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *s = &settings[i];
        if (s->type != SETTING_NUMBER || strstr(s->section, " database"))
            continue;
        const int values[] = { s->min, s->max };
        for (int v = 0; v < 2; v++) {
            snprintf(text, sizeof text, "%s[%s]\n%s = %d\n", NEEDED, s->section, s->name,
                     values[v]);
            int got = 0, failed = read_bytes(str_of(text));
            memcpy(&got, (char *)&config + s->offset, sizeof got);
            ok(!failed && got == values[v], "[%s] %s may be %d", s->section, s->name, values[v]);
            snprintf(number, sizeof number, "%lld", (long long)values[v] + (v ? 1 : -1));
            snprintf(text, sizeof text, "%s[%s]\n%s = %s\n", NEEDED, s->section, s->name, number);
            ok(read_bytes(str_of(text)) == -1 && strstr(told(), "line 12: ") &&
                   strstr(told(), " is not within ") == strstr(told(), " is "),
               "[%s] %s may not be %s", s->section, s->name, number);
        }
    }
}

static void test_values(void)
{
    char want[2 * PATH_MAX];
    is_accepted(NEEDED "[upstream]\nallow = 127.0.0.1:9000\n   10.0.0.5:443 ; the office\n"
                       "\t[::1]:80\n# a comment\nca_file = ca.pem\n",
                "a list goes on in indented lines");
    is_text(config.upstream.allow, "127.0.0.1:9000 10.0.0.5:443 [::1]:80", "and is one text");
    snprintf(want, sizeof want, "%s/ca.pem", folder);
    is_text(config.upstream.ca_file, want, "a setting behind it is read");
    is_accepted("\xEF\xBB\xBF" NEEDED, "a byte order mark in front");
    is_accepted("; comment\n\n" NEEDED "[log]\r\nfile = /l\r\n", "comments, empty lines, CRLF");
    is_text(config.log.file, "/l", "without the CR");
    is_accepted(NEEDED "[log]\nfile = /l", "a last line without its end");
    is_accepted(NEEDED "[spool]\nkeep_seconds = 1\n", "a section in two places");
    is_accepted("[worker]\nrun_dir = /r\n[database]\nhost = h\nport = 3307\ntls_ca = ca\nname = n\n"
                "user = u\n[spool]\ndir = /s\n[keys]\nfile = /k\n",
                "a database on another machine");
    ok(config.database.port == 3307 && !config.database.socket, "with its port");
}

static void test_bad_lines(void)
{
    is_problem("[web]\nnonsense\n", "line 12: neither a section nor a setting (name = value)\n",
               "a line that is nothing");
    is_problem("[web\n", "line 11: the section's ] is missing\n", "a section without its end");
    is_problem("[nowhere]\na = 1\n", "line 12: [nowhere] a: there is no such setting\n",
               "an unknown section");
    is_problem("dirr = /x\n", "line 11: [keys] dirr: there is no such setting\n",
               "an unknown name");
    is_problem("FILE = /x\n", "line 11: [keys] FILE: there is no such setting\n", "another case");
    is_problem("file = /x\n", "line 11: [keys] file is set twice\n", "a name set twice");
    is_problem("  more\n", "line 11: indented, so it goes on with [keys] file, which is no list\n",
               "an indented line behind a setting that is no list");
    is_problem("[log]\nfile =\n", "line 12: [log] file is empty: leave the line out instead\n",
               "an empty value");
    is_problem("[limits]\nmessages = 12x\n", "line 12: [limits] messages is no whole number\n",
               "letters in a number");
    is_problem("[limits]\nmessages =\n", "line 12: [limits] messages is no whole number\n",
               "an empty number");
    is_problem("[limits]\nmessages = --1\n", "line 12: [limits] messages is no whole number\n",
               "two signs");
    is_problem("[limits]\nmessages = 99999999999999999999\n",
               "line 12: [limits] messages is no whole number\n", "a number beyond all types");
    char longest[400];
    snprintf(longest, sizeof longest, "[log]\nfile = /%0230d\n[web]\nx = 1\n", 0);
    is_problem(longest,
               "line 12: over 198 bytes long (a list may go on in indented lines)\n"
               "line 14: [web] x: there is no such setting\n",
               "a line longer than inih takes, and the numbers behind it are right");
    ok(read_bytes(STR(NEEDED "[log]\nfile = /a\0b\n")) == -1, "refused: a zero byte");
    is_text(told(), "line 12: holds a zero byte\n", "and told why");
}

static void test_line_length(void)
{
    char text[1024], value[256];
    for (int len = 180; len <= 220; len++) {
        snprintf(value, sizeof value, "/%0*d", len - 8, 1); /* "file = " and a slash */
        snprintf(text, sizeof text, "%s[log]\nfile = %s\n[limits]\nmessages = 7\n", NEEDED, value);
        int failed = read_bytes(str_of(text));
        if (len <= 198)
            ok(!failed && !strcmp(config.log.file, value) && config.limits.messages == 7,
               "a line of %d bytes is read whole", len);
        else
            ok(failed, "a line of %d bytes is refused, never cut", len);
    }
}

static void test_databases(void)
{
    is_problem("[operator database]\nuser = u\n",
               "[operator database] needs either socket or host\n"
               "[operator database] name is missing\n",
               "half a section for the operator");
    is_problem("[operator database]\nport = 1\n",
               "[operator database] needs either socket or host\n"
               "[operator database] name is missing\n[operator database] user is missing\n",
               "a port alone");
    is_problem("[migration database]\nhost = h\nname = n\nuser = u\n",
               "[migration database] host needs tls_ca: there is no connection in clear\n",
               "a host without its certificates");
    is_problem("[migration database]\nhost = h\nsocket = /s\ntls_ca = c\nname = n\nuser = u\n",
               "[migration database] needs either socket or host\n", "socket and host");
}

static void test_all_at_once(void)
{
    ok(read_bytes(STR("x = 1\n[worker]\ndesks = 0\nfoo\nstreams = many\n[limits]\nbody_bytes = 1\n"
                      "[database]\nhost = db\nname = n\n")) == -1,
       "a file full of problems");
    is_text(told(),
            "line 1: [] x: there is no such setting\n"
            "line 3: [worker] desks is not within 1 to 256\n"
            "line 4: neither a section nor a setting (name = value)\n"
            "line 5: [worker] streams is no whole number\n"
            "line 7: [limits] body_bytes is not within 1024 to 67108864\n"
            "[worker] run_dir is missing\n"
            "[spool] dir is missing\n"
            "[keys] file is missing\n"
            "[database] host needs tls_ca: there is no connection in clear\n"
            "[database] user is missing\n",
            "tells them all");
    ok(err.kind == ERROR_BAD_REQUEST && strstr(err.message, ": 10 problems"), "and counts them");
    ok(*(unsigned char *)&config == 0x55 && config.worker.desks == 0x55555555,
       "and leaves the output alone");
    ok(read_bytes(STR("")) == -1 && strstr(err.message, ": 6 problems"), "an empty file");
}

static void test_the_file(void)
{
    text_clear(&problems);
    ok(config_read(arena, "/nonexistent/insula.conf", &config, &problems, &err) == -1 &&
           strstr(told(), "cannot be opened"),
       "a file that is not there");
    text_clear(&problems);
    ok(config_read(arena, folder, &config, &problems, &err) == -1 &&
           strstr(told(), "not a regular file"),
       "a folder");
    is_accepted(NEEDED, "the file again");
    static const mode_t bad[] = { 0620, 0602, 0666 }, good[] = { 0600, 0400, 0640, 0644 };
    for (int i = 0; i < 3; i++) {
        chmod(path, bad[i]);
        text_clear(&problems);
        ok(config_read(arena, path, &config, &problems, &err) == -1 && strstr(told(), "chmod go-w"),
           "refused: mode %o", bad[i]);
    }
    for (int i = 0; i < 4; i++) {
        chmod(path, good[i]);
        text_clear(&problems);
        ok(config_read(arena, path, &config, &problems, &err) == 0, "accepted: mode %o", good[i]);
    }
    text_clear(&problems);
    ok(!truncate(path, 2 << 20) && config_read(arena, path, &config, &problems, &err) == -1 &&
           strstr(told(), "too large"),
       "refused: a file over the arena's maximum");
}

static void test_relative(void)
{
    char before[PATH_MAX], want[2 * PATH_MAX];
    is_accepted(NEEDED, "the file again");
    snprintf(want, sizeof want, "%s/run", folder);
    if (!getcwd(before, sizeof before) || chdir(folder))
        return;
    text_clear(&problems);
    ok(config_read(arena, "conf", &config, &problems, &err) == 0, "a path without a folder");
    is_text(config.worker.run_dir, want, "starts at this one, made absolute");
    is_text(config.path, path, "and so is the file's own path");
    ok(chdir(before) == 0, "back again");
}

int main(void)
{
    umask(022);
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/conf", folder);
    arena = arena_new(1 << 20);
    problems = text_make(65536);
    test_smallest();
    test_every_setting();
    test_values();
    test_bad_lines();
    test_line_length();
    test_databases();
    test_all_at_once();
    test_the_file();
    test_relative();
    unlink(path);
    rmdir(folder);
    text_free(&problems);
    arena_free(&arena);
    return done();
}
