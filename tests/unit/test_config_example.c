/* deploy/insula.conf.example: accepted, complete, and true about each default. */
#include "base/config.h"
#include "settings.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXAMPLE "deploy/insula.conf.example"

static struct text problems;
static char example[65536];
static size_t len;

static int read_bytes(struct str bytes)
{
    char path[] = "/tmp/insula-example-XXXXXX";
    struct arena *arena = arena_new(1 << 20);
    struct config config;
    struct error err;
    int fd = mkstemp(path), failed = -2;
    text_clear(&problems);
    if (fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len && !close(fd))
        failed = config_read(arena, path, &config, &problems, &err);
    unlink(path);
    arena_free(&arena);
    return failed;
}

/* Is the setting's line in its section, plain or as "; name = value"? */
static const char *shown_value(const struct setting *s)
{
    static char value[256];
    char header[64], name[64], line[256];
    const char *section, *end;
    snprintf(header, sizeof header, "\n[%s]\n", s->section);
    snprintf(name, sizeof name, "%s = ", s->name);
    section = strstr(example, header);
    if (!section)
        return NULL;
    for (section += strlen(header); *section && *section != '['; section = end + 1) {
        end = strchrnul(section, '\n');
        snprintf(line, sizeof line, "%.*s", (int)(end - section), section);
        const char *start = strncmp(line, "; ", 2) ? line : line + 2;
        if (!strncmp(start, name, strlen(name))) {
            snprintf(value, sizeof value, "%s", start + strlen(name));
            return value;
        }
        if (!*end)
            break;
    }
    return NULL;
}

static void test_as_it_is(void)
{
    if (!ok(read_bytes((struct str){ example, len }) == 0, "it is accepted as it is"))
        printf("# %s\n", problems.at);
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *s = &settings[i];
        const char *value = shown_value(s);
        char standard[16];
        snprintf(standard, sizeof standard, "%d", s->standard);
        if (s->type == SETTING_NUMBER)
            is_text(value, standard, "[%s] %s is shown with its default", s->section, s->name);
        else
            ok(value && *value, "[%s] %s is shown", s->section, s->name);
    }
}

/* With every "; name" switched on nothing but socket beside host is wrong. */
static void test_switched_on(void)
{
    static char all[sizeof example];
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (example[i] == ';' && example[i - 1] == '\n')
            i++; /* and the blank */
        else
            all[n++] = example[i];
    }
    ok(read_bytes((struct str){ all, n }) == -1, "the example with every setting switched on");
    is_text(problems.at ? problems.at : "",
            "[database] needs either socket or host\n"
            "[operator database] needs either socket or host\n"
            "[migration database] needs either socket or host\n",
            "knows every name and value in it");
}

int main(void)
{
    FILE *file = fopen(EXAMPLE, "r");
    len = file ? fread(example, 1, sizeof example - 1, file) : 0;
    if (file)
        fclose(file);
    problems = text_make(65536);
    if (ok(len > 0, EXAMPLE " is there (tests run at the top of the tree)")) {
        test_as_it_is();
        test_switched_on();
    }
    text_free(&problems);
    return done();
}
