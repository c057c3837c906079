/* An HTTP server on 127.0.0.1, port of its own, one thread per connection: the far end in the tests
 * of net/. What it answers hangs on the path. */
#ifndef INSULA_TESTS_TINY_SERVER_H
#define INSULA_TESTS_TINY_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TINY_BIG_BYTES = 8 << 20 };

static struct {
    int listen_fd, port;
    pthread_t thread;
    atomic_int connections, requests, open;
    atomic_long big_sent;
    atomic_bool stop;
} tiny;

static int tiny_send(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return -1;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

static int tiny_text(int fd, const char *text)
{
    return tiny_send(fd, text, strlen(text));
}

/* One request with its body, NUL-terminated; 0 at the end of the connection. */
static size_t tiny_read(int fd, char *at, size_t size)
{
    size_t len = 0, want = 0;
    while (len + 1 < size) {
        ssize_t n = recv(fd, at + len, size - 1 - len, 0);
        if (n <= 0)
            return 0;
        len += (size_t)n;
        at[len] = 0;
        if (*at == 0x16) /* TLS */
            return 0;
        char *end = strstr(at, "\r\n\r\n"), *length = strcasestr(at, "content-length:");
        if (!end)
            continue;
        want = (size_t)(end + 4 - at) + (length && length < end ? strtoul(length + 15, NULL, 10) : 0);
        if (len >= want)
            return len;
    }
    return 0;
}

static int tiny_big(int fd)
{
    static const char block[16384];
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", TINY_BIG_BYTES);
    int failed = tiny_text(fd, head);
    for (size_t sent = 0; !failed && sent < TINY_BIG_BYTES; sent += sizeof block) {
        failed = tiny_send(fd, block, sizeof block);
        tiny.big_sent += sizeof block;
    }
    return failed;
}

static int tiny_echo(int fd, const char *request, size_t len)
{
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    return tiny_text(fd, head) || tiny_send(fd, request, len);
}

/* The connection, silent until the client closes it or the test ends. */
static int tiny_wait(int fd)
{
    char byte;
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    while (!tiny.stop && (poll(&poll_fd, 1, 10) == 0 || recv(fd, &byte, 1, 0) > 0))
        ;
    return -1;
}

static int tiny_answer(int fd, const char *request, size_t len)
{
    static const struct {
        const char *path, *answer;
        int closes;
    } answers[] = {
        { "/hello ", "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=UTF-8\r\n"
                     "Content-Length: 5\r\n\r\nhello", 0 },
        { "/redirect ", "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n", 0 },
        { "/busy ", "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
                    "HTTP/1.1 429 Slow\r\nretry-after-ms: 1500\r\nRetry-After: 2\r\n"
                    "x-should-retry: false\r\nContent-Length: 2\r\n\r\n{}", 0 },
        { "/cut ", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.", 1 },
        { "/chunks-cut ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 1 },
        { "/chunks ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n"
                      "0\r\n\r\n", 0 },
        { "/nothing ", "", 1 },
    };
    const char *path = strchr(request, ' ') + 1;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (strncmp(path, answers[i].path, strlen(answers[i].path)) == 0)
            return tiny_text(fd, answers[i].answer) || answers[i].closes;
    }
    if (strncmp(path, "/big ", 5) == 0)
        return tiny_big(fd);
    if (strncmp(path, "/echo ", 6) == 0)
        return tiny_echo(fd, request, len);
    if (strncmp(path, "/stall ", 7) == 0 &&
        tiny_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello") != 0)
        return -1;
    return tiny_wait(fd);
}

static void *tiny_connection(void *self)
{
    int fd = (int)(intptr_t)self;
    char request[65536];
    size_t len;
    while (!tiny.stop && (len = tiny_read(fd, request, sizeof request))) {
        tiny.requests++;
        if (tiny_answer(fd, request, len) != 0)
            break;
    }
    close(fd);
    tiny.open--;
    return NULL;
}

static void *tiny_accept(void *self)
{
    (void)self;
    for (;;) {
        pthread_t thread;
        int fd = accept(tiny.listen_fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        tiny.connections++;
        tiny.open++;
        pthread_create(&thread, NULL, tiny_connection, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}

static void tiny_start(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    tiny.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(tiny.listen_fd, (struct sockaddr *)&at, sizeof at) || listen(tiny.listen_fd, 64) ||
        getsockname(tiny.listen_fd, (struct sockaddr *)&at, &len))
        abort();
    tiny.port = ntohs(at.sin_port);
    pthread_create(&tiny.thread, NULL, tiny_accept, NULL);
}

/* After every client has closed its connections. */
static void tiny_end(void)
{
    tiny.stop = true;
    shutdown(tiny.listen_fd, SHUT_RDWR);
    pthread_join(tiny.thread, NULL);
    close(tiny.listen_fd);
    for (int i = 0; i < 500 && tiny.open; i++)
        usleep(10000);
}

/* "http://127.0.0.1:PORT/path"; the last 64 stay. */
static const char *tiny_url(const char *host, const char *path)
{
    static char urls[64][160];
    static int next;
    char *url = urls[next++ % 64];
    snprintf(url, sizeof *urls, "http://%s:%d%s", host, tiny.port, path);
    return url;
}

#endif
