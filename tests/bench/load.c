/* Many streams at once from one thread, each chunk measured: the streaming load client of the
 * benchmarks.
 *
 *     load PORT PATH BODY STREAMS TIMES [drain|hold|leave] [HEADER …]
 *
 * Starts STREAMS requests together, TIMES times, each when all of the last are over. A chunk's
 * content is the CLOCK_MONOTONIC stamp of its making (the scripted model server's "stamp"). Prints
 * one line of JSON: counts, and times in microseconds, from sending the request to the first event,
 * and from each chunk's making to its reading here.
 *
 * hold: starts them a few at a time, prints "live" once all have their first event, waits for the
 * end of standard input, and tells of the chunks in between. leave: closes each connection 20 ms
 * after its first event, and prints when (Unix ms). */
#include "response.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct stream {
    int fd; /* -1: closed */
    int64_t sent_ns, read_ns;
    bool has_first, over;
    struct response response;
};

struct times {
    int64_t *at;
    size_t count, size;
};

static struct load {
    int port, epoll_fd;
    char *request;
    size_t request_len;
    struct stream *streams;
    int stream_count, open, with_first, ok, failed;
    struct times first, chunk;
} load;

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void times_add(struct times *times, int64_t ns)
{
    if (times->count == times->size) {
        times->size = times->size ? times->size * 2 : 4096;
        times->at = must(realloc(times->at, times->size * sizeof *times->at));
    }
    times->at[times->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* ---- one stream ---- */

static void stream_connect(struct stream *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)load.port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("load: connect");
        exit(1);
    }
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
    epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, s->fd, &event);
}

static void stream_close(struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void stream_start(struct stream *s)
{
    response_begin(&s->response);
    s->has_first = s->over = false;
    s->sent_ns = now_ns(CLOCK_MONOTONIC);
    if (write(s->fd, load.request, load.request_len) != (ssize_t)load.request_len) {
        perror("load: write");
        exit(1);
    }
    load.open++;
}

static void stream_over(struct stream *s, const char *why)
{
    if (s->over)
        return;
    s->over = true;
    load.open--;
    load.ok += !why;
    load.failed += why != NULL;
    if (why && load.failed <= 3)
        fprintf(stderr, "load: status %d: %s: %.300s\n", s->response.status, why,
                s->response.event);
    if (why || s->response.closes)
        stream_close(s);
}

static void on_line(void *self, const char *text)
{
    static const char before[] = "\"content\":\"";
    struct stream *s = self;
    if (!s->has_first) {
        s->has_first = true;
        load.with_first++;
        times_add(&load.first, s->read_ns - s->sent_ns);
    }
    const char *found = strstr(text, before);
    int64_t stamp = found ? strtoll(found + sizeof before - 1, NULL, 10) : 0;
    if (stamp > 1000000)
        times_add(&load.chunk, s->read_ns - stamp);
}

static void stream_read(struct stream *s)
{
    static char bytes[1 << 16];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    s->read_ns = now_ns(CLOCK_MONOTONIC);
    if (n > 0)
        response_feed(&s->response, bytes, (size_t)n, on_line, s);
    bool ended = s->response.part == PART_OVER ||
                 (n <= 0 && s->response.part == PART_PLAIN && s->response.left < 0);
    if (n <= 0)
        stream_close(s);
    if (ended)
        stream_over(s, s->response.status != 200 ? "not 200"
                       : s->response.done        ? NULL
                                                 : "no [DONE]");
    else if (n <= 0)
        stream_over(s, "connection lost");
}

/* ---- all of them ---- */

static void start_all(void)
{
    for (int i = 0; i < load.stream_count; i++)
        if (load.streams[i].fd < 0)
            stream_connect(&load.streams[i]);
    load.with_first = 0;
    for (int i = 0; i < load.stream_count; i++)
        stream_start(&load.streams[i]);
}

static bool run_once(int max_ms)
{
    struct epoll_event events[512];
    int n = epoll_wait(load.epoll_fd, events, 512, max_ms);
    for (int i = 0; i < n; i++)
        stream_read(events[i].data.ptr);
    return n > 0;
}

/* How many may wait for their first event: what is to be held is many streams, not a crowd at the
 * door. */
#define RAMP_MAX 200

static void hold(void)
{
    for (int i = 0; i < load.stream_count; i++) {
        stream_connect(&load.streams[i]);
        stream_start(&load.streams[i]);
        while (i + 1 - load.failed - load.with_first >= RAMP_MAX)
            run_once(1000);
    }
    while (load.open && load.with_first < load.stream_count - load.failed)
        run_once(1000);
    load.chunk.count = 0;
    printf("live\n");
    fflush(stdout);
    struct pollfd input = { .fd = 0, .events = POLLIN };
    while (poll(&input, 1, 0) == 0)
        run_once(20);
}

static void leave(int times)
{
    while (load.open && load.with_first < load.stream_count)
        run_once(1000);
    while (run_once(20))
        continue;
    for (int i = 0; i < load.stream_count; i++) {
        printf("%.3f\n", (double)now_ns(CLOCK_REALTIME) / 1e6);
        stream_close(&load.streams[i]);
        load.open--;
    }
    if (times > 1)
        usleep(30000);
}

static void print_times(const char *name, struct times *times)
{
    static const double at[] = { 0.5, 0.9, 0.99 };
    qsort(times->at, times->count, sizeof *times->at, compare);
    printf(",\"%s_us\":[", name);
    for (size_t i = 0; i < 3; i++) {
        size_t place = (size_t)(at[i] * (double)times->count);
        printf("%s%.1f", i ? "," : "", times->count ? (double)times->at[place] / 1e3 : -1.0);
    }
    printf("]");
}

static void make_request(const char *path, const char *body, char **headers, int count)
{
    size_t size = strlen(path) + strlen(body) + 512;
    for (int i = 0; i < count; i++)
        size += strlen(headers[i]) + 2;
    load.request = must(malloc(size));
    size_t n =
        (size_t)snprintf(load.request, size,
                         "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                         "Accept: text/event-stream\r\nContent-Length: %zu\r\n",
                         path, strlen(body));
    for (int i = 0; i < count; i++)
        n += (size_t)snprintf(load.request + n, size - n, "%s\r\n", headers[i]);
    n += (size_t)snprintf(load.request + n, size - n, "\r\n%s", body);
    load.request_len = n;
}

static void make_streams(int count)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.stream_count = count;
    load.streams = must(calloc((size_t)count, sizeof *load.streams));
    for (int i = 0; i < count; i++)
        load.streams[i].fd = -1;
}

static void repeat(int times, bool leaving)
{
    for (; times > 0; times--) {
        start_all();
        if (leaving)
            leave(times);
        while (load.open)
            run_once(1000);
    }
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr, "usage: load PORT PATH BODY STREAMS TIMES drain|hold|leave [HEADER …]\n");
        return 2;
    }
    int times = (int)strtol(argv[5], NULL, 10);
    load.port = (int)strtol(argv[1], NULL, 10);
    make_request(argv[2], argv[3], argv + 7, argc - 7);
    make_streams((int)strtol(argv[4], NULL, 10));
    int64_t from = now_ns(CLOCK_MONOTONIC);
    if (strcmp(argv[6], "hold") == 0)
        hold();
    else
        repeat(times, strcmp(argv[6], "leave") == 0);
    printf("{\"ok\":%d,\"failed\":%d,\"chunks\":%zu,\"seconds\":%.3f", load.ok, load.failed,
           load.chunk.count, (double)(now_ns(CLOCK_MONOTONIC) - from) / 1e9);
    print_times("first", &load.first);
    print_times("chunk", &load.chunk);
    printf("}\n");
    return 0;
}
