/* insula.conf into struct config, with every problem named by its line, for main and insulactl. */
#include "base/config.h"

#include "base/file.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS          " \t\r\n\v\f"
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct reading {
    struct arena *arena;
    const char *folder; /* the file's, absolute */
    struct config config;
    struct text *problems;
    int problem_count;
    bool *seen;                 /* one for each row of settings */
    const struct setting *last; /* what an indented line goes on with */
    struct str rest;            /* what inih has not asked for yet */
    int line;                   /* the number of the line that inih is at */
    bool indented;              /* that line begins with a blank */
    bool pending;               /* that line must be a setting, and inih has not said so yet */
};

static void problem(struct reading *r, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* line 0: the file as a whole. */
static void problem(struct reading *r, int line, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (line)
        text_addf(r->problems, "line %d: ", line);
    text_addf(r->problems, "%s\n", words);
    r->problem_count++;
}

/* inih tells of the first line that it cannot read, we of all: such a line ends without a call of
 * read_setting. */
static void end_line(struct reading *r)
{
    if (r->pending)
        problem(r, r->line, "neither a section nor a setting (name = value)");
    r->pending = false;
}

/* inih takes an inline comment off a setting, but leaves it on an indented line. */
static void cut_comment(char *line)
{
    for (char *at = line; (at = strchr(at, ';')); at++) {
        if (at > line && strchr(BLANKS, at[-1])) {
            *at = '\0';
            return;
        }
    }
}

static void begin_line(struct reading *r, char *line)
{
    char *start = line + strspn(line, BLANKS);
    r->indented = start > line;
    if (r->indented)
        cut_comment(start);
    r->pending = *start && !strchr("[;#", *start);
    if (*start == '[' && !strchr(start, ']'))
        problem(r, r->line, "the section's ] is missing");
}

/* inih's fgets. It would split a long line and end at a zero byte, so neither gets through. */
static char *next_line(char *out, int size, void *arg)
{
    struct reading *r = arg;
    end_line(r);
    if (r->rest.len == 0)
        return NULL;
    const char *end = memchr(r->rest.at, '\n', r->rest.len);
    struct str line = { r->rest.at, end ? (size_t)(end - r->rest.at) : r->rest.len };
    size_t step = line.len + (end ? 1 : 0);
    r->rest = (struct str){ r->rest.at + step, r->rest.len - step };
    r->line++;
    if (line.len > (size_t)size - 2) {
        problem(r, r->line, "over %d bytes long (a list may go on in indented lines)", size - 2);
        line.len = 0;
    } else if (memchr(line.at, 0, line.len)) {
        problem(r, r->line, "holds a zero byte");
        line.len = 0;
    }
    memcpy(out, line.at, line.len);
    memcpy(out + line.len, "\n", 2);
    begin_line(r, out);
    return out;
}

/* inih's handler, for each setting and for each indented line behind one. */
static int read_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    struct error err;
    const struct setting *setting = setting_find(section, name);
    bool goes_on = r->indented && setting && setting == r->last;
    r->pending = false;
    r->last = setting;
    if (!setting) {
        problem(r, r->line, "[%s] %s: there is no such setting", section, name);
        return 1;
    }
    bool *seen = &r->seen[setting - settings];
    if (*seen && !goes_on)
        problem(r, r->line, "[%s] %s is set twice", section, name);
    else if (*seen && setting->type != SETTING_LIST)
        problem(r, r->line, "indented, so it goes on with [%s] %s, which is no list", section,
                name);
    else if (setting_store(setting, r->arena, r->folder, value, &r->config, &err))
        problem(r, r->line, "[%s] %s %s", section, name, err.message);
    *seen = true;
    return 1;
}

static bool section_seen(const struct reading *r, const char *section)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (r->seen[i] && !strcmp(settings[i].section, section))
            return true;
    }
    return false;
}

static void check_database(struct reading *r, const char *section,
                           const struct database_config *database)
{
    if (!database->socket == !database->host)
        problem(r, 0, "[%s] needs either socket or host", section);
    if (database->host && !database->tls_ca)
        problem(r, 0, "[%s] host needs tls_ca: there is no connection in clear", section);
    if (!database->name)
        problem(r, 0, "[%s] name is missing", section);
    if (!database->user)
        problem(r, 0, "[%s] user is missing", section);
}

static void check_whole(struct reading *r)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (settings[i].needed && !r->seen[i])
            problem(r, 0, "[%s] %s is missing", settings[i].section, settings[i].name);
    }
    check_database(r, "database", &r->config.database);
    if (section_seen(r, "operator database"))
        check_database(r, "operator database", &r->config.operator_database);
    if (section_seen(r, "migration database"))
        check_database(r, "migration database", &r->config.migration_database);
}

/* The whole file into r->rest; false: the problem is told. */
static bool read_file(struct reading *r, int fd)
{
    struct stat about;
    if (fstat(fd, &about) || !S_ISREG(about.st_mode)) {
        problem(r, 0, "not a regular file");
        return false;
    }
    if (about.st_mode & (S_IWGRP | S_IWOTH))
        problem(r, 0, "others than its owner may change the file (chmod go-w)");
    char *bytes = arena_try(r->arena, (size_t)about.st_size);
    if (!bytes) {
        problem(r, 0, "too large");
        return false;
    }
    ssize_t len = read_whole(fd, bytes, (size_t)about.st_size);
    if (len < 0) {
        problem(r, 0, "cannot be read: %s", strerror(errno));
        return false;
    }
    r->rest = (struct str){ bytes, (size_t)len };
    if (str_starts(r->rest, BYTE_ORDER_MARK))
        r->rest = (struct str){ bytes + 3, (size_t)len - 3 };
    return true;
}

/* The folder that relative paths start from stays right when the process changes its own. */
static bool find_folder(struct reading *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    char *folder = arena_printf(r->arena, "%.*s%s", (int)len, path, slash ? "/" : ".");
    char *absolute = realpath(folder, NULL);
    if (!absolute)
        return false;
    r->folder = arena_printf(r->arena, "%s", strcmp(absolute, "/") ? absolute : "");
    r->config.path = arena_printf(r->arena, "%s/%s", r->folder, slash ? slash + 1 : path);
    free(absolute);
    return true;
}

static void read_path(struct reading *r, const char *path)
{
    int fd = find_folder(r, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0) {
        problem(r, 0, "cannot be opened: %s", strerror(errno));
        return;
    }
    if (read_file(r, fd)) {
        int line = ini_parse_stream(next_line, r, read_setting, r);
        if (line && !r->problem_count)
            problem(r, line, "cannot be read");
        check_whole(r);
    }
    close(fd);
}

int config_read(struct arena *arena, const char *path, struct config *out, struct text *problems,
                struct error *err)
{
    struct reading r = { .arena = arena, .problems = problems };
    r.seen = arena_array_of(arena, bool, setting_count);
    settings_reset(&r.config);
    read_path(&r, path);
    if (r.problem_count)
        return fail(err, ERROR_BAD_REQUEST, "config", "%s: %d problem%s", path, r.problem_count,
                    r.problem_count == 1 ? "" : "s");
    *out = r.config;
    return 0;
}
