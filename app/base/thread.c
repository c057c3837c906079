/* Joins threads with an end to the waiting, for whoever stops a worker. */
#include "base/thread.h"

#include "base/clock.h"

#include <time.h>

#define LOOK_MS 1

/* Not pthread_clockjoin_np: gcc's thread sanitizer does not know that it joins. */
bool thread_join_within(pthread_t thread, int most_ms)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    int64_t until_ms = clock_steady_ms() + most_ms;
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        if (clock_steady_ms() >= until_ms)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
