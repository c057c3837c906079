/* The event loop of one thread, for the relay and the connection pools. */
#include "net/loop.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BATCH = 256 };

struct loop {
    int epoll_fd, wake_fd;
    /* The batch being delivered: loop_remove blanks what the removed watch still had in it. */
    struct epoll_event batch[BATCH];
    int next, count;
};

int loop_new(struct loop **out, struct error *err)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop) {
        log_event(LOG_ALARM, "net.loop", "out of memory");
        abort();
    }
    struct epoll_event wake = { .events = EPOLLIN, .data.ptr = loop };
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) != 0) {
        int why = errno;
        loop_free(&loop);
        fail(err, ERROR_INTERNAL, "internal", "An event loop cannot be made");
        return error_note(err, "epoll: errno %d", why);
    }
    *out = loop;
    return 0;
}

void loop_free(struct loop **loop)
{
    if (!*loop)
        return;
    if ((*loop)->epoll_fd >= 0)
        close((*loop)->epoll_fd);
    if ((*loop)->wake_fd >= 0)
        close((*loop)->wake_fd);
    free(*loop);
    *loop = NULL;
}

int loop_add(struct loop *loop, struct watch *watch)
{
    struct epoll_event event = { .events = watch->events, .data.ptr = watch };
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event);
}

void loop_change(struct loop *loop, struct watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    watch->events = events;
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_remove(struct loop *loop, struct watch *watch)
{
    /* Its descriptor may be closed already; then epoll has forgotten it by itself. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = loop->next; i < loop->count; i++) {
        if (loop->batch[i].data.ptr == watch)
            loop->batch[i].data.ptr = NULL;
    }
}

static void wake_taken(struct loop *loop)
{
    uint64_t n;
    (void)!read(loop->wake_fd, &n, sizeof n);
}

void loop_run(struct loop *loop, int timeout_ms)
{
    loop->count = epoll_wait(loop->epoll_fd, loop->batch, BATCH, timeout_ms);
    for (loop->next = 0; loop->next < loop->count;) {
        struct epoll_event event = loop->batch[loop->next++];
        if (event.data.ptr == loop) {
            wake_taken(loop);
        } else if (event.data.ptr) {
            struct watch *watch = event.data.ptr;
            watch->ready(watch, event.events);
        }
    }
    loop->count = 0;
}

void loop_wake(struct loop *loop)
{
    const uint64_t one = 1;
    (void)!write(loop->wake_fd, &one, sizeof one);
}
