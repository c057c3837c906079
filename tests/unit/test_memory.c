/* Memory that cannot be had ends the process, for our own code and for any library's. */
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The compiler must not know that nobody looks at it, or that it is too much. */
static void *volatile got;
static volatile size_t too_much = PTRDIFF_MAX / 2, nothing = 0;

static void by_malloc(void)
{
    got = malloc(too_much);
}

static void by_calloc(void)
{
    got = calloc(too_much / 8, 8);
}

static void by_realloc(void)
{
    got = realloc(malloc(1), too_much);
}

/* The C library's own functions ask for memory too. */
static void by_a_library(void)
{
    static char path[] = "/tmp";
    setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 20, 1 << 20 });
    for (;;)
        got = realpath(path, NULL);
}

/* How a process ends that does this; said: its words on standard error. */
static int ending_of(void (*act)(void), char said[512])
{
    int ends[2], status = 0;
    if (pipe(ends))
        exit(1);
    if (fork() == 0) {
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n; len < 511 && (n = read(ends[0], said + len, 511 - len)) > 0;)
        len += (size_t)n;
    said[len] = '\0';
    close(ends[0]);
    wait(&status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int main(void)
{
    static const struct {
        void (*act)(void);
        const char *name;
    } cases[] = { { by_malloc, "malloc" },
                  { by_calloc, "calloc" },
                  { by_realloc, "realloc" },
                  { by_a_library, "a library" } };
    char said[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_number(ending_of(cases[i].act, said), 71, "the process ends: %s", cases[i].name);
        ok(strstr(said, "test_memory: out of memory; the process ends.\n"), "with a sentence");
        ok(strstr(said, "{\"level\":\"alarm\",\"event\":\"memory\""), "and a line in the log");
    }
    got = realloc(malloc(1), nothing);
    ok(got == NULL, "realloc to nothing frees, and that is no failure");
    return done();
}
