/* What trip.c and the tests share: a file that both map. A test writes which call is to fail, how
 * and when; every process that was started with trip.so counts its calls there, and the one whose
 * count comes to nth meets the effect. trip.mjs reads the names and the order of this file's
 * members. */
#ifndef INSULA_TESTS_TRIP_H
#define INSULA_TESTS_TRIP_H

#include <stdatomic.h>
#include <stdint.h>

/* allocation: malloc, calloc and realloc alike. The others stand for their variants too: recv for
 * recvfrom, open for open64, … */
#define CALLS(X)                                                                                   \
    X(allocation)                                                                                  \
    X(read) X(write) X(writev) X(send) X(sendmsg) X(recv) X(recvmsg) X(accept4) X(connect) X(open) \
        X(openat) X(opendir) X(fsync) X(rename) X(ftruncate) X(pread) X(pwrite) X(mkdir) X(unlink) \
            X(unlinkat) X(flock) X(epoll_ctl) X(epoll_wait) X(poll) X(socket) X(dup) X(eventfd)    \
                X(epoll_create1) X(inotify_init1) X(inotify_add_watch) X(posix_fallocate) X(mmap)  \
                    X(getrandom) X(pthread_create)

#define CALL_SYMBOL(name) CALL_##name,
enum call { CALL_NONE, CALLS(CALL_SYMBOL) CALL__MAX };
#undef CALL_SYMBOL

/* A worker is serving from its first accept4 on; other programs never are. */
enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_ANY };

#define EFFECT_SHORT 10000 /* less than was asked for; every other effect is an errno */

struct control {
    _Atomic uint64_t armed; /* an enum call; written last; CALL_NONE: only counts */
    _Atomic uint64_t phase, nth, effect;
    _Atomic uint64_t persistent; /* from the nth on, in the process that met it; else once */
    _Atomic uint64_t victim;     /* that process; 0: nobody yet */
    _Atomic uint64_t tripped;    /* how often the effect was met */
    _Atomic uint64_t counts[2][CALL__MAX];
};

#endif
