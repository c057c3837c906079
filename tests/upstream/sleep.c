/* One epoll for the HTTP library's descriptors and for all sleeping connections, and a heap of
 * times. The library does not watch suspended connections; without this a client's leaving would go
 * unseen. */
#include "sleep.h"

#include "buffer.h"
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static int epoll_fd;
static struct sleeper **heap;
static size_t heap_count, heap_size;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void put(size_t place, struct sleeper *sleeper)
{
    heap[place] = sleeper;
    sleeper->place = place;
}

static void rise(size_t place)
{
    struct sleeper *moved = heap[place];
    while (place && heap[(place - 1) / 2]->due_us > moved->due_us) {
        put(place, heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(place, moved);
}

static void sink(size_t place)
{
    struct sleeper *moved = heap[place];
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= heap_count)
            break;
        if (child + 1 < heap_count && heap[child + 1]->due_us < heap[child]->due_us)
            child++;
        if (heap[child]->due_us >= moved->due_us)
            break;
        put(place, heap[child]);
        place = child;
    }
    put(place, moved);
}

static void take_out(struct sleeper *sleeper)
{
    size_t place = sleeper->place;
    struct sleeper *last = heap[--heap_count];
    if (last == sleeper)
        return;
    put(place, last);
    rise(place);
    sink(last->place);
}

int sleep_open(int *also_watch, size_t count)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &also_watch[i] };
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, also_watch[i], &event) < 0)
            return -1;
    }
    return 0;
}

void sleep_start(struct sleeper *sleeper, int fd, int64_t delay_ms)
{
    sleeper->fd = fd;
    sleeper->asleep = true;
    sleeper->due_us = delay_ms < 0 ? INT64_MAX : now_us() + delay_ms * 1000;
    if (heap_count == heap_size) {
        heap_size = heap_size ? heap_size * 2 : 1024;
        heap = must(realloc(heap, heap_size * sizeof(struct sleeper *)));
    }
    heap[heap_count] = sleeper;
    rise(heap_count++);
    /* The lowest bit tells sleepers from also_watch. */
    struct epoll_event event = { .events = EPOLLRDHUP };
    event.data.u64 = (uint64_t)(uintptr_t)sleeper | 1;
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void wake(struct sleeper *sleeper)
{
    sleeper->asleep = false;
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, sleeper->fd, NULL);
    take_out(sleeper);
    sleeper->wake(sleeper);
}

static int until_first_due(int64_t max_ms)
{
    int64_t ms = max_ms;
    if (heap_count && heap[0]->due_us != INT64_MAX) {
        int64_t first = (heap[0]->due_us - now_us() + 999) / 1000;
        first = first < 0 ? 0 : first;
        ms = ms < 0 || first < ms ? first : ms;
    }
    return ms > 60000 ? 60000 : (int)ms;
}

int sleep_wait(int64_t max_ms)
{
    struct epoll_event events[256];
    int readable = -1;
    int n = epoll_wait(epoll_fd, events, 256, until_first_due(max_ms));
    for (int i = 0; i < n; i++) {
        if (!(events[i].data.u64 & 1)) {
            readable = *(const int *)events[i].data.ptr;
            continue;
        }
        struct sleeper *sleeper = (struct sleeper *)(uintptr_t)(events[i].data.u64 & ~(uint64_t)1);
        sleeper->gone = true;
        sleeper->gone_unix_ms = unix_ms_now();
        wake(sleeper);
    }
    while (heap_count && heap[0]->due_us <= now_us())
        wake(heap[0]);
    return readable;
}
