/* One JSON object a line, from a closed list of fields, for operators and their tools. */
#include "base/log.h"

#include "base/clock.h"
#include "base/codec.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Every field at its longest fits, and a pipe takes a line of this size whole (PIPE_BUF). */
#define LINE_BYTES  4096
#define VALUE_BYTES 256

struct buffer {
    size_t len;
    char at[LINE_BYTES];
};

static _Atomic int log_fd = STDERR_FILENO;

int log_open(const char *path_or_null, struct error *err)
{
    int fd = STDERR_FILENO;
    if (path_or_null) {
        fd = open(path_or_null, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
        if (fd < 0) {
            int number = errno;
            fail(err, ERROR_UNAVAILABLE, "log_open", "the log file cannot be opened");
            return error_note(err, "%s: %s", path_or_null, strerror(number));
        }
    }
    int old = atomic_load(&log_fd);
    if (old == STDERR_FILENO) {
        atomic_store(&log_fd, fd);
        return 0;
    }
    /* Under the old number, so that a thread that is writing never meets a closed descriptor. */
    dup3(fd, old, O_CLOEXEC);
    if (fd != STDERR_FILENO)
        close(fd);
    return 0;
}

static void put(struct buffer *b, struct str bytes)
{
    memcpy(b->at + b->len, bytes.at, bytes.len);
    b->len += bytes.len;
}

/* The JSON form of one character, or of one broken sequence; lives in room or in text. */
static struct str escape(struct str text, size_t at, size_t n, bool good, char room[8])
{
    unsigned char c = (unsigned char)text.at[at];
    struct str raw = { text.at + at, n };
    if (!good)
        return STR("\\ufffd");
    if (c == '"' || c == '\\')
        snprintf(room, 8, "\\%c", c);
    else if (c < 0x20 || c == 0x7F)
        snprintf(room, 8, "\\u%04x", c);
    else if (c == 0xC2 && (unsigned char)raw.at[1] < 0xA0) /* the C1 controls */
        snprintf(room, 8, "\\u%04x", (unsigned char)raw.at[1]);
    else if (str_is(raw, "\u2028") || str_is(raw, "\u2029"))
        snprintf(room, 8, "\\u202%c", raw.at[2] == '\xA8' ? '8' : '9');
    else
        return raw;
    return str_of(room);
}

/* At most VALUE_BYTES of the escaped form, never half an escape or half a character. */
static void put_value(struct buffer *b, struct str text)
{
    size_t end = b->len + VALUE_BYTES, n;
    for (size_t at = 0; at < text.len; at += n) {
        bool good;
        char room[8];
        n = utf8_next(text, at, &good);
        struct str escaped = escape(text, at, n, good, room);
        if (b->len + escaped.len > end)
            break;
        put(b, escaped);
    }
}

static void put_name(struct buffer *b, const char *name)
{
    put(b, b->len == 1 ? STR("\"") : STR(",\""));
    put(b, str_of(name));
    put(b, STR("\":"));
}

static void put_text(struct buffer *b, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    put_name(b, name);
    put(b, STR("\""));
    put_value(b, str_of(value));
    put(b, STR("\""));
}

static void put_number(struct buffer *b, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    put_name(b, name);
    put(b, str_of(digits));
}

/* Numbers of which 0 says nothing. */
static void put_count(struct buffer *b, const char *name, int64_t value)
{
    if (value > 0)
        put_number(b, name, value);
}

static void put_line(struct buffer *b, const struct log_line *line)
{
    static const char *const levels[] = { "info", "warn", "error", "alarm" };
    char time[CLOCK_TEXT_MAX];
    put(b, STR("{"));
    put_text(b, "time", clock_text(clock_unix_ms(), time));
    put_text(b, "level", levels[line->level]);
    put_text(b, "event", line->event);
    put_text(b, "request_id", line->request_id);
    put_count(b, "tenant", line->tenant.v);
    put_text(b, "user", line->user);
    put_text(b, "route", line->route);
    put_count(b, "status", line->status);
    if (line->ms >= 0)
        put_number(b, "ms", line->ms);
    put_text(b, "provider", line->provider);
    put_text(b, "model", line->model);
    put_count(b, "tokens_in", line->tokens_in);
    put_count(b, "tokens_out", line->tokens_out);
    put_text(b, "usage_source", line->usage_source);
    put_text(b, "outcome", line->outcome);
    put_text(b, "code", line->code);
    put_text(b, "detail", line->detail);
    put_number(b, "worker", getpid());
    put(b, STR("}\n"));
}

void log_write(const struct log_line *line)
{
    struct buffer b;
    b.len = 0;
    put_line(&b, line);
    int saved = errno;
    ssize_t written = write(atomic_load(&log_fd), b.at, b.len);
    (void)written; /* a log that cannot be written must not stop the house */
    errno = saved;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char detail[VALUE_BYTES + 8]; /* cut at VALUE_BYTES, on a boundary, by log_write */
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    log_write(&(struct log_line){ .level = level, .event = event, .ms = -1, .detail = detail });
}

void log_out_of_memory(void)
{
    struct buffer b;
    b.len = 0;
    put(&b, STR("{"));
    put_text(&b, "level", "alarm");
    put_text(&b, "event", "memory");
    put_text(&b, "detail", "out of memory; the process ends");
    put_number(&b, "worker", getpid());
    put(&b, STR("}\n"));
    (void)!write(atomic_load(&log_fd), b.at, b.len);
}
