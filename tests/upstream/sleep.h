/* Connections that wait: until their time comes or their client leaves, whichever is first. */
#ifndef UPSTREAM_SLEEP_H
#define UPSTREAM_SLEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sleeper {
    int fd;
    int64_t due_us;     /* INT64_MAX: until the client leaves */
    size_t place;       /* in the heap */
    bool asleep, gone;
    double gone_unix_ms;
    void (*wake)(struct sleeper *sleeper); /* called once for each sleep_start */
};

int sleep_open(int *also_watch, size_t count); /* the loop's epoll; -1 on failure */
void sleep_start(struct sleeper *sleeper, int fd, int64_t delay_ms); /* -1: until the client leaves */
/* Waits for anything to happen, at most max_ms (-1: no limit), and wakes who is to be woken.
 * Returns the descriptor of also_watch that is readable, or -1. */
int sleep_wait(int64_t max_ms);

#endif
