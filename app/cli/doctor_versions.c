/* Are the libraries as new as those the house was proved with? An older one has defects that the
 * code relies on being mended. */
#include "crypto/version.h"
#include "db/version.h"
#include "doctor.h"
#include "json/version.h"
#include "net/version.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Debian mends old versions: there the package's version counts, elsewhere the library's own. */
static const struct library {
    const char *name, *package, *package_oldest, *oldest;
    const char *(*version)(void); /* NULL: the library does not say */
} libraries[] = {
    { "libfcgi", "libfcgi0ldbl", "2.4.2-2+deb12u1", NULL, NULL },
    { "yajl", "libyajl2", "2.1.0-3+deb12u2", "2.1.0", json_version },
    { "libjwt", "libjwt0", "1.10.2-1+deb12u1", NULL, NULL },
    { "libmariadb", "libmariadb3", "1:10.11.19", "10.11.19", db_client_version },
    { "libcurl", "libcurl4", "7.88.1-10+deb12u15", "7.88.1", net_version },
    { "OpenSSL", "libssl3", "3.0.22-1~deb12u2", "3.0.22", crypto_version },
    { "lighttpd", "lighttpd", "1.4.69-1", NULL, NULL },
};

int version_compare(const char *a, const char *b)
{
    while (*a || *b) {
        char *a_end, *b_end;
        unsigned long left = strtoul(a, &a_end, 10), right = strtoul(b, &b_end, 10);
        if (left != right)
            return left < right ? -1 : 1;
        a = a_end == a ? "" : a_end + (*a_end == '.');
        b = b_end == b ? "" : b_end + (*b_end == '.');
    }
    return 0;
}

/* Runs a program, its answer in out; its exit status, or -1 where there is none. */
static int run_program(const char *const argv[], char *out, size_t size)
{
    extern char **environ;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int refused =
        posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n = 1; !refused && n > 0 && len<size - 1; len += n> 0 ? (size_t)n : 0)
        n = read(ends[0], out + len, size - 1 - len);
    out[len] = 0;
    close(ends[0]);
    int status = -1;
    if (refused || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* The installed package's version; false where dpkg does not know it. */
static bool package_version(const char *package, char *out, size_t size)
{
    const char *const argv[] = { "dpkg-query", "-W", "-f", "${Version}", package, NULL };
    return run_program(argv, out, size) == 0 && *out;
}

static bool package_is_older(const char *version, const char *oldest)
{
    char nothing[8];
    const char *const argv[] = { "dpkg", "--compare-versions", version, "lt", oldest, NULL };
    return run_program(argv, nothing, sizeof nothing) == 0;
}

void doctor_versions(struct doctor *doctor)
{
    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        const struct library *library = &libraries[i];
        char package[128];
        bool is_package = package_version(library->package, package, sizeof package);
        const char *found = is_package ? package : library->version ? library->version() : NULL;
        const char *oldest = is_package ? library->package_oldest : library->oldest;
        if (!found || !oldest)
            doctor_say(doctor, HEALTH_UNSURE, library->name,
                       "its version cannot be told here; it must be %s or later",
                       library->package_oldest);
        else if (is_package ? package_is_older(found, oldest) : version_compare(found, oldest) < 0)
            doctor_say(doctor, HEALTH_BAD, library->name, "%s is older than %s", found, oldest);
        else
            doctor_say(doctor, HEALTH_GOOD, library->name, "%s", found);
    }
}
