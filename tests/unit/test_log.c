/* The log: a closed list of fields, escaped and cut values, one write a line, opening anew. */
#include "base/codec.h"
#include "base/log.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/insula-log-XXXXXX", path[64], old_path[64];

static const char *contents(const char *file)
{
    static char bytes[1 << 20];
    int fd = open(file, O_RDONLY);
    ssize_t len = fd < 0 ? 0 : read(fd, bytes, sizeof bytes - 1);
    bytes[len < 0 ? 0 : len] = '\0';
    if (fd >= 0)
        close(fd);
    return bytes;
}

/* The line that log_write makes, without its NUL. */
static const char *written(const struct log_line *line)
{
    if (truncate(path, 0))
        return "(cannot truncate)";
    log_write(line);
    return contents(path);
}

/* The value of "detail" as it stands in the line. */
static struct str detail_of(const char *detail)
{
    const char *line = written(&(struct log_line){ .event = "x", .ms = -1, .detail = detail });
    const char *from = strstr(line, "\"detail\":\""),
               *to = from ? strstr(from, "\",\"worker\"") : 0;
    if (!to)
        return (struct str){ 0 };
    return (struct str){ from + 10, (size_t)(to - from) - 10 };
}

static void test_opening(void)
{
    struct error err;
    struct stat about;
    umask(0);
    ok(log_open(path, &err) == 0, "a log file is opened");
    ok(!stat(path, &about) && (about.st_mode & 07777) == 0640, "and made with 0640");
    ok(log_open("/nonexistent/insula.log", &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "a file that cannot be opened is an error");
    ok(!strstr(err.message, "nonexistent") && strstr(err.log, "/nonexistent/insula.log"),
       "whose path is for the log alone");
    log_event(LOG_INFO, "after", "still here");
    ok(strstr(contents(path), "still here") != NULL, "and the log stays where it was");
}

/* The shape of a whole line: times and pids become T and P. */
static void is_line(const char *line, const char *want, const char *promise)
{
    char got[4096], pid[32], *p;
    snprintf(got, sizeof got, "%s", line);
    snprintf(pid, sizeof pid, "\"worker\":%d}", (int)getpid());
    ok(!strncmp(got, "{\"time\":\"20", 11) && got[32] == 'Z', "%s: begins with the time", promise);
    p = strstr(got, pid);
    ok(p && !strcmp(p + strlen(pid), "\n"), "%s: ends with the pid and a line's end", promise);
    if (p)
        *p = '\0';
    is_text(strlen(got) > 34 ? got + 34 : "", want, "%s: the fields between", promise);
}

static void test_fields(void)
{
    is_line(written(&(struct log_line){ .event = "start", .ms = -1 }),
            ",\"level\":\"info\",\"event\":\"start\",", "an empty line");
    struct log_line full = { .level = LOG_ALARM,
                             .event = "turn.settled",
                             .request_id = "req_1",
                             .tenant = { 7 },
                             .user = "h:ab",
                             .route = "chat",
                             .status = 200,
                             .ms = 0,
                             .provider = "openai",
                             .model = "m",
                             .tokens_in = 120,
                             .tokens_out = 5000000000,
                             .usage_source = "provider",
                             .outcome = "complete",
                             .code = "c",
                             .detail = "d",
                             .worker = 99 };
    is_line(
        written(&full),
        ",\"level\":\"alarm\",\"event\":\"turn.settled\",\"request_id\":\"req_1\",\"tenant\":7,"
        "\"user\":\"h:ab\",\"route\":\"chat\",\"status\":200,\"ms\":0,\"provider\":\"openai\","
        "\"model\":\"m\",\"tokens_in\":120,\"tokens_out\":5000000000,"
        "\"usage_source\":\"provider\",\"outcome\":\"complete\",\"code\":\"c\",\"detail\":\"d\",",
        "a full line");
    is_line(written(&(struct log_line){ .level = LOG_WARN, .event = "x", .ms = -1, .detail = "" }),
            ",\"level\":\"warn\",\"event\":\"x\",", "empty texts are left out");
    is_line(written(&(struct log_line){ .level = LOG_ERROR, .event = "x", .ms = -1, .route = "" }),
            ",\"level\":\"error\",\"event\":\"x\",", "the error level");
}

static void test_escaping(void)
{
    static const char *const pairs[][2] = {
        { "plain ä € 😀", "plain ä € 😀" },
        { "a\"b\\c/d", "a\\\"b\\\\c/d" },
        { "a\nb\r\tc", "a\\u000ab\\u000d\\u0009c" },
        { "x\",\"tenant\":9,\"y\":\"", "x\\\",\\\"tenant\\\":9,\\\"y\\\":\\\"" },
        { "\x1B[31m\x7F", "\\u001b[31m\\u007f" },
        { "\xC2\x80\xC2\x85\xC2\x9F\xC2\xA0", "\\u0080\\u0085\\u009f\xC2\xA0" },
        { "a\u2028b\u2029c\u202Ad\u2027", "a\\u2028b\\u2029c\u202Ad\u2027" },
        { "a\xFF\xC0\xAFz", "a\\ufffd\\ufffd\\ufffdz" },
        { "cut off \xE2\x82", "cut off \\ufffd" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct str got = detail_of(pairs[i][0]);
        if (!ok(str_is(got, pairs[i][1]), "escaped: %s", pairs[i][1]))
            printf("# got: %.*s\n", STR_ARGS(got));
    }
    int raw = 0;
    for (int c = 1; c < 256; c++) {
        char one[2] = { (char)c, '\0' };
        struct str got = detail_of(one);
        int is_plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        raw += is_plain ? !str_is(got, one) : got.len < 2 || got.at[0] != '\\';
    }
    is_number(raw, 0, "every byte alone stands escaped, or as it is where it is printable ASCII");
}

static const char *repeat(const char *piece, size_t n)
{
    static char out[4096];
    size_t len = strlen(piece);
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * len, piece, len + 1);
    return out;
}

static void test_cutting(void)
{
    static const struct {
        const char *piece;
        size_t width; /* of its form in the line */
    } pieces[] = { { "a", 1 }, { "ä", 2 }, { "€", 3 }, { "😀", 4 }, { "\n", 6 }, { "\"", 2 } };
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct str got = detail_of(repeat(pieces[i].piece, 300));
        is_number((long long)got.len, (long long)(256 - 256 % pieces[i].width),
                  "cut at 256 bytes, between characters of %zu", pieces[i].width);
        ok(utf8_check(got) == got.len, "and good UTF-8 still");
    }
    char x[] = "x", *long_text = strdup(repeat("€\n", 700));
    log_event(LOG_INFO, x, "%s", long_text);
    ok(utf8_check(str_of(contents(path))) == strlen(contents(path)), "log_event cuts there too");
    struct log_line all = { .event = long_text,
                            .request_id = long_text,
                            .user = long_text,
                            .route = long_text,
                            .provider = long_text,
                            .model = long_text,
                            .usage_source = long_text,
                            .outcome = long_text,
                            .code = long_text,
                            .detail = long_text,
                            .tenant = { UINT32_MAX },
                            .status = 2147483647,
                            .ms = INT64_MAX,
                            .tokens_in = INT64_MAX,
                            .tokens_out = INT64_MAX };
    const char *line = written(&all);
    ok(strlen(line) > 2500 && strlen(line) <= 4096 && strstr(line, "}\n"),
       "the longest line fits in what a pipe takes whole");
    free(long_text);
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 500; i++)
        log_event(LOG_INFO, "thread", "%s", (const char *)arg);
    return NULL;
}

static void test_opening_anew(void)
{
    struct error err;
    pthread_t threads[2];
    static char words[200];
    memset(words, 'w', sizeof words - 1);
    if (truncate(path, 0))
        return;
    for (int t = 0; t < 2; t++)
        pthread_create(&threads[t], NULL, write_lines, words);
    usleep(500);
    int renamed = !rename(path, old_path) && !log_open(path, &err);
    for (int i = 0; i < 50; i++)
        renamed &= !log_open(path, &err);
    for (int t = 0; t < 2; t++)
        pthread_join(threads[t], NULL);
    log_event(LOG_INFO, "last", "behind the turn");
    int lines = 0, whole = 0;
    for (int f = 0; f < 2; f++) {
        const char *line = contents(f ? path : old_path), *end;
        for (; (end = strchr(line, '\n')); line = end + 1, lines++)
            whole += !strncmp(line, "{\"time\"", 7) && end[-1] == '}';
    }
    ok(renamed, "a log that was moved away is opened anew");
    is_number(lines, 1001, "and no line of the threads that went on writing is lost");
    is_number(whole, lines, "and none is torn");
    ok(strstr(contents(path), "behind the turn") != NULL, "the last one is in the new file");
}

static void test_standard_error(void)
{
    int ends[2];
    char line[4096];
    if (pipe(ends))
        return;
    pid_t child = fork();
    if (child == 0) {
        struct error err;
        dup2(ends[1], STDERR_FILENO);
        _exit(log_open(NULL, &err) ? 1 : (log_event(LOG_WARN, "to.stderr", "%d", 1), 0));
    }
    close(ends[1]);
    ssize_t len = read(ends[0], line, sizeof line - 1);
    line[len < 0 ? 0 : len] = '\0';
    waitpid(child, NULL, 0);
    ok(strstr(line, "to.stderr") != NULL, "NULL goes back to standard error");
    child = fork();
    if (child == 0) {
        for (int fd = STDERR_FILENO; fd < 64; fd++)
            close(fd);
        errno = 5;
        log_event(LOG_INFO, "x", "y");
        _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    is_number(WEXITSTATUS(status), 5, "a log that cannot be written leaves errno alone");
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(old_path, sizeof old_path, "%s/log.1", folder);
    test_opening();
    test_fields();
    test_escaping();
    test_cutting();
    test_opening_anew();
    test_standard_error();
    unlink(path);
    unlink(old_path);
    rmdir(folder);
    return done();
}
