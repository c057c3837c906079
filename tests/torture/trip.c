/* Preloaded into Insula's programs, as they are: counts their allocations and system calls, and
 * makes the one that a test has chosen fail. trip.h says how tests choose. */
#include "trip.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct control unsteered; /* where no test listens */
static struct control *_Atomic control;
static atomic_bool serving;

/* By bare system calls, since open and mmap are ours; may be the first thing a process does. */
static struct control *steering(void)
{
    struct control *found = atomic_load(&control);
    if (found)
        return found;
    const char *path = getenv("TRIP_CONTROL");
    long fd = path ? syscall(SYS_open, path, O_RDWR | O_CLOEXEC) : -1;
    found = &unsteered;
    if (fd >= 0) {
        long at = syscall(SYS_mmap, NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
        if (at != -1)
            found = (struct control *)at;
    }
    atomic_store(&control, found);
    return found;
}

/* A crash says where. */
static void on_crash(int signal_number)
{
    void *frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

__attribute__((constructor)) static void watch_crashes(void)
{
    void *frame;
    backtrace(&frame, 1); /* loads what it needs now */
    signal(SIGSEGV, on_crash);
    signal(SIGABRT, on_crash);
}

static bool is_chosen(struct control *c, uint64_t count)
{
    uint64_t me = (uint64_t)getpid(), nobody = 0;
    if (atomic_load(&c->persistent) && atomic_load(&c->victim) == me)
        return true;
    return count == atomic_load(&c->nth) && atomic_compare_exchange_strong(&c->victim, &nobody, me);
}

/* Counts a call; its effect, or 0. */
static int trip(enum call call)
{
    struct control *c = steering();
    int phase = atomic_load(&serving) ? PHASE_SERVING : PHASE_STARTING;
    uint64_t count = 1 + atomic_fetch_add(&c->counts[phase][call], 1);
    uint64_t wanted = atomic_load(&c->phase);
    if (atomic_load(&c->armed) != call || (wanted != PHASE_ANY && wanted != (uint64_t)phase) ||
        !is_chosen(c, count))
        return 0;
    atomic_fetch_add(&c->tripped, 1);
    return (int)atomic_load(&c->effect);
}

/* Is it to fail? Sets errno. *n becomes smaller where less is to be done. */
static bool fails(enum call call, size_t *n, size_t few)
{
    int effect = trip(call);
    if (effect == EFFECT_SHORT) {
        if (n && *n > few)
            *n = few;
        return false;
    }
    if (effect)
        errno = effect;
    return effect != 0;
}

#define NEXT(name) ((__typeof__(&name))next_of(&next_##name, #name))
static void *next_of(void *_Atomic *slot, const char *name)
{
    void *found = atomic_load(slot);
    if (!found)
        atomic_store(slot, found = dlsym(RTLD_NEXT, name));
    return found;
}

/* result name(parameters): fails as `call`, or does what it always did. */
#define TRIPS(call, failure, result, name, parameters, arguments)                                  \
    static void *_Atomic next_##name;                                                              \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        return fails(CALL_##call, NULL, 0) ? (failure) : NEXT(name) arguments;                     \
    }

/* The same where fewer than n bytes may be done: few, when the effect is a short count. */
#define TRIPS_SHORT(call, few, name, parameters, arguments)                                        \
    static void *_Atomic next_##name;                                                              \
    ssize_t name parameters;                                                                       \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        return fails(CALL_##call, &n, few) ? -1 : NEXT(name) arguments;                            \
    }

/* ---- memory: under the programs' own malloc (app/base/memory.c) ---- */

TRIPS(allocation, NULL, void *, __libc_malloc, (size_t bytes), (bytes))
TRIPS(allocation, NULL, void *, __libc_calloc, (size_t count, size_t bytes), (count, bytes))
TRIPS(allocation, NULL, void *, __libc_realloc, (void *memory, size_t bytes), (memory, bytes))

/* ---- bytes in and out; the _chk ones are what fortified objects call ---- */

TRIPS_SHORT(read, 1, read, (int fd, void *to, size_t n), (fd, to, n))
TRIPS_SHORT(read, 1, __read_chk, (int fd, void *to, size_t n, size_t room), (fd, to, n, room))
TRIPS_SHORT(write, n / 2, write, (int fd, const void *from, size_t n), (fd, from, n))
TRIPS_SHORT(pread, 1, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
TRIPS_SHORT(pread, 1, pread64, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
TRIPS_SHORT(pread, 1, __pread_chk, (int fd, void *to, size_t n, off_t at, size_t room),
            (fd, to, n, at, room))
TRIPS_SHORT(pwrite, n / 2, pwrite, (int fd, const void *from, size_t n, off_t at),
            (fd, from, n, at))
TRIPS_SHORT(pwrite, n / 2, pwrite64, (int fd, const void *from, size_t n, off_t at),
            (fd, from, n, at))
TRIPS_SHORT(send, n / 2, send, (int fd, const void *from, size_t n, int flags),
            (fd, from, n, flags))
TRIPS_SHORT(send, n / 2, sendto,
            (int fd, const void *from, size_t n, int flags, const struct sockaddr *to,
             socklen_t size),
            (fd, from, n, flags, to, size))
TRIPS_SHORT(recv, 1, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
TRIPS_SHORT(recv, 1, __recv_chk, (int fd, void *to, size_t n, size_t room, int flags),
            (fd, to, n, room, flags))
TRIPS_SHORT(recv, 1, recvfrom,
            (int fd, void *to, size_t n, int flags, struct sockaddr *from, socklen_t *size),
            (fd, to, n, flags, from, size))
TRIPS(sendmsg, -1, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
      (fd, message, flags))
TRIPS(recvmsg, -1, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
      (fd, message, flags))

/* A short count ends within the first part. */
static void *_Atomic next_writev;
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    size_t n = SIZE_MAX;
    if (fails(CALL_writev, &n, 1))
        return -1;
    if (n != SIZE_MAX && parts[0].iov_len > 1)
        return syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2);
    return NEXT(writev)(fd, parts, count);
}

/* ---- descriptors ---- */

static void *_Atomic next_accept4;
int accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
    atomic_store(&serving, true);
    return fails(CALL_accept4, NULL, 0) ? -1 : NEXT(accept4)(fd, peer, size, flags);
}

TRIPS(connect, -1, int, connect, (int fd, const struct sockaddr *to, socklen_t size),
      (fd, to, size))
TRIPS(socket, -1, int, socket, (int family, int type, int protocol), (family, type, protocol))
TRIPS(dup, -1, int, dup, (int fd), (fd))
TRIPS(eventfd, -1, int, eventfd, (unsigned first, int flags), (first, flags))
TRIPS(epoll_create1, -1, int, epoll_create1, (int flags), (flags))
TRIPS(inotify_init1, -1, int, inotify_init1, (int flags), (flags))
TRIPS(inotify_add_watch, -1, int, inotify_add_watch, (int fd, const char *path, uint32_t events),
      (fd, path, events))
/* To change or to remove what is there wants no memory, so it never fails. */
static void *_Atomic next_epoll_ctl;
int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    if (what == EPOLL_CTL_ADD && fails(CALL_epoll_ctl, NULL, 0))
        return -1;
    return NEXT(epoll_ctl)(epoll, what, fd, event);
}

TRIPS(epoll_wait, -1, int, epoll_wait, (int epoll, struct epoll_event *to, int most, int ms),
      (epoll, to, most, ms))
TRIPS(poll, -1, int, poll, (struct pollfd * list, nfds_t count, int ms), (list, count, ms))
TRIPS(poll, -1, int, __poll_chk, (struct pollfd * list, nfds_t count, int ms, size_t room),
      (list, count, ms, room))
TRIPS(flock, -1, int, flock, (int fd, int operation), (fd, operation))

/* ---- files ---- */

/* The mode is there only where a file may be made. */
#define OPENS(call, name, parameters, arguments)                                                   \
    static void *_Atomic next_##name;                                                              \
    int name parameters;                                                                           \
    int name parameters                                                                            \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;                  \
        va_end(more);                                                                              \
        return fails(CALL_##call, NULL, 0) ? -1 : NEXT(name) arguments;                            \
    }
OPENS(open, open, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open, open64, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENS(openat, openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
TRIPS(opendir, NULL, DIR *, opendir, (const char *path), (path))
TRIPS(fsync, -1, int, fsync, (int fd), (fd))
TRIPS(fsync, -1, int, fdatasync, (int fd), (fd))
TRIPS(rename, -1, int, rename, (const char *from, const char *to), (from, to))
TRIPS(ftruncate, -1, int, ftruncate, (int fd, off_t length), (fd, length))
TRIPS(ftruncate, -1, int, ftruncate64, (int fd, off_t length), (fd, length))
TRIPS(mkdir, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
TRIPS(unlink, -1, int, unlink, (const char *path), (path))
TRIPS(unlinkat, -1, int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))

/* ---- the rest; these two return what others leave in errno ---- */

TRIPS(posix_fallocate, errno, int, posix_fallocate, (int fd, off_t at, off_t length),
      (fd, at, length))
TRIPS(pthread_create, errno, int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *arg),
      (thread, how, run, arg))
TRIPS(mmap, MAP_FAILED, void *, mmap,
      (void *at, size_t length, int protection, int flags, int fd, off_t offset),
      (at, length, protection, flags, fd, offset))
TRIPS_SHORT(getrandom, 1, getrandom, (void *to, size_t n, unsigned flags), (to, n, flags))
