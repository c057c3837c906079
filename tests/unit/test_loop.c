/* The event loop delivers what is ready, and nothing to who has left. */
#include "tap.h"

#include "base/clock.h"
#include "net/loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;

struct end {
    struct watch watch;
    int peer, calls;
    uint32_t events;
    struct end *removes; /* the other one, taken away while both are ready */
    bool adds_again;
};

static void on_ready(struct watch *self, uint32_t events)
{
    struct end *end = (struct end *)self;
    end->calls++;
    end->events = events;
    if (end->removes) {
        loop_remove(loop, &end->removes->watch);
        if (end->adds_again)
            loop_add(loop, &end->removes->watch);
    }
}

static void end_open(struct end *end)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return;
    *end = (struct end){ .watch = { fds[0], EPOLLIN, on_ready }, .peer = fds[1] };
    ok(loop_add(loop, &end->watch) == 0, "a watch is added");
}

static void end_close(struct end *end)
{
    loop_remove(loop, &end->watch);
    close(end->watch.fd);
    close(end->peer);
}

static void test_ready(void)
{
    struct end a;
    end_open(&a);
    loop_run(loop, 0);
    is_number(a.calls, 0, "nothing to read: no call");
    (void)!write(a.peer, "x", 1);
    loop_run(loop, 1000);
    ok(a.calls == 1 && a.events == EPOLLIN, "readable: one call, saying so");
    loop_run(loop, 0);
    is_number(a.calls, 2, "still readable: called again");
    loop_change(loop, &a.watch, EPOLLOUT);
    loop_run(loop, 0);
    ok(a.calls == 3 && a.events == EPOLLOUT, "asked for writable only: told that only");
    loop_change(loop, &a.watch, 0);
    loop_run(loop, 0);
    is_number(a.calls, 3, "asked for nothing: silence");
    close(a.peer);
    loop_run(loop, 0);
    ok(a.calls == 4 && a.events & EPOLLHUP, "but a hang-up is always told");
    loop_remove(loop, &a.watch);
    loop_run(loop, 0);
    is_number(a.calls, 4, "removed: silence");
    ok(loop_add(loop, &(struct watch){ .fd = -1 }) == -1, "a bad descriptor is refused");
    close(a.watch.fd);
}

/* Which of two is delivered first is the kernel's choice, so each removes the other. */
static void test_removed_in_batch(bool adds_again)
{
    struct end a, b;
    end_open(&a);
    end_open(&b);
    a.removes = &b;
    b.removes = &a;
    a.adds_again = b.adds_again = adds_again;
    (void)!write(a.peer, "x", 1);
    (void)!write(b.peer, "x", 1);
    loop_run(loop, 1000);
    is_number(a.calls + b.calls, 1, "removed %sby another in the same batch: not called",
              adds_again ? "and added again " : "");
    loop_run(loop, 0);
    is_number(a.calls + b.calls, 2, "the next round calls whoever is there");
    a.removes = b.removes = NULL;
    end_close(&a);
    end_close(&b);
}

static void test_closed_first(void)
{
    struct end a;
    end_open(&a);
    (void)!write(a.peer, "x", 1);
    close(a.watch.fd);
    loop_remove(loop, &a.watch);
    loop_run(loop, 0);
    is_number(a.calls, 0, "closed before it was removed: no harm");
    close(a.peer);
}

static void *wake_later(void *self)
{
    usleep(30000);
    loop_wake(self);
    loop_wake(self);
    return NULL;
}

static void test_wake(void)
{
    pthread_t thread;
    int64_t start_ms = clock_steady_ms();
    pthread_create(&thread, NULL, wake_later, loop);
    loop_run(loop, 5000);
    ok(clock_steady_ms() - start_ms < 2000, "another thread wakes the loop");
    pthread_join(thread, NULL);
    loop_run(loop, 0); /* the second wake */
    start_ms = clock_steady_ms();
    loop_run(loop, 60);
    ok(clock_steady_ms() - start_ms >= 50, "a wake is used up; then the time-out counts");
}

int main(void)
{
    struct error err;
    ok(loop_new(&loop, &err) == 0, "a loop is made");
    test_ready();
    test_removed_in_batch(false);
    test_removed_in_batch(true);
    test_closed_first();
    test_wake();
    loop_free(&loop);
    ok(!loop, "and freed");
    loop_free(&loop);
    return done();
}
