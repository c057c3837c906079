/* Whom a program dials, and whom it takes a name for: preloaded into it, every connect() to an IPv4
 * or IPv6 address adds a line "ADDRESS PORT" to the file INSULA_TEST_DIALS, and only the loopback
 * interface is really dialled. A name that the file INSULA_TEST_NAMES knows resolves as it says
 * there: a line a name, behind it its answers, one for each time it is asked, the last one for
 * ever; addresses of one answer with commas between them. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAMES_MAX = 1024 };

static int (*real_connect)(int, const struct sockaddr *, socklen_t);
static int (*real_getaddrinfo)(const char *, const char *, const struct addrinfo *,
                               struct addrinfo **);
static const char *dials_path, *names_path;
static atomic_int asked[NAMES_MAX]; /* by line */

/* Before any thread of the program. */
__attribute__((constructor)) static void begin(void)
{
    dials_path = getenv("INSULA_TEST_DIALS");
    names_path = getenv("INSULA_TEST_NAMES");
    *(void **)&real_connect = dlsym(RTLD_NEXT, "connect");
    *(void **)&real_getaddrinfo = dlsym(RTLD_NEXT, "getaddrinfo");
}

static void note(const char *address, int port)
{
    char line[INET6_ADDRSTRLEN + 16];
    int len = snprintf(line, sizeof line, "%s %d\n", address, port);
    int fd = dials_path ? open(dials_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        abort();
    close(fd);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        note(inet_ntop(AF_INET, &in.sin_addr, text, sizeof text), ntohs(in.sin_port));
    } else if (address->sa_family == AF_INET6) {
        memcpy(&in6, address, sizeof in6);
        note(inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text), ntohs(in6.sin6_port));
    }
    if (!*text || strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0)
        return real_connect(fd, address, len);
    errno = ENETUNREACH;
    return -1;
}

/* The answer that is due, of those behind a name; NULL: there is none. */
static char *answer_due(char *answers, int number)
{
    char *rest = NULL, *due = strtok_r(answers, " \n", &rest), *next;
    for (int before = atomic_fetch_add(&asked[number], 1); due && before > 0; before--) {
        if (!(next = strtok_r(NULL, " \n", &rest)))
            break;
        due = next;
    }
    return due;
}

static char *look_up(const char *name, char *line, size_t size)
{
    FILE *file = names_path ? fopen(names_path, "re") : NULL;
    size_t len = strlen(name);
    char *found = NULL;
    for (int number = 0; file && !found && number < NAMES_MAX && fgets(line, (int)size, file);
         number++)
        if (strncasecmp(line, name, len) == 0 && line[len] == ' ')
            found = answer_due(line + len, number);
    if (file)
        fclose(file);
    return found;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    char line[1024], *rest = NULL;
    char *answer = name ? look_up(name, line, sizeof line) : NULL;
    struct addrinfo numeric = hints ? *hints : (struct addrinfo){ 0 }, *all = NULL, **end = &all;
    if (!answer)
        return real_getaddrinfo(name, service, hints, out);
    numeric.ai_flags |= AI_NUMERICHOST;
    for (char *at = strtok_r(answer, ",", &rest); at; at = strtok_r(NULL, ",", &rest)) {
        if (real_getaddrinfo(at, service, &numeric, end) != 0)
            continue;
        while (*end)
            end = &(*end)->ai_next;
    }
    *out = all;
    return all ? 0 : EAI_NONAME;
}
