/* The writing side of the spool, for the relay and the ledger. */
#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int open_new(const char *dir, struct tenant_id tenant, const char *path)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, flags, 0600);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    struct spool_path folder = spool_tenant_path(dir, tenant);
    if (mkdir(folder.text, 0700) < 0 && errno != EEXIST)
        return -1;
    return open(path, flags, 0600);
}

int spool_create(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
                 struct spool **out, struct error *err)
{
    struct spool_path path = spool_file_path(dir, scope_tenant(scope), turn);
    int fd = open_new(dir, scope_tenant(scope), path.text);
    if (fd < 0)
        return spool_unavailable(err, "open");
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return spool_unavailable(err, "lock");
    }
    *out = spool_of(fd, dir, scope_tenant(scope), turn, 0);
    return 0;
}

/* Goes on where a write was cut short. */
static bool write_record(int fd, unsigned char *head, struct str payload)
{
    struct iovec parts[] = { { head, SPOOL_HEAD_BYTES },
                             { (void *)(uintptr_t)payload.at, payload.len } };
    for (struct iovec *part = parts; part < parts + 2;) {
        ssize_t got = writev(fd, part, (int)(parts + 2 - part));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        size_t left = (size_t)got;
        for (; part < parts + 2 && left >= part->iov_len; part++)
            left -= part->iov_len;
        if (part < parts + 2) {
            part->iov_base = (char *)part->iov_base + left;
            part->iov_len -= left;
        }
    }
    return true;
}

static int move_to_finished(struct spool *spool, struct error *err)
{
    if (rename(spool->live, spool->finished) == 0)
        return 0;
    char *slash = strrchr(spool->finished, '/');
    *slash = '\0'; /* the tenant's first: its folder is missing */
    mkdir(spool->finished, 0700);
    *slash = '/';
    return rename(spool->live, spool->finished) < 0 ? spool_unavailable(err, "finish") : 0;
}

int spool_append(struct spool *spool, enum spool_kind kind, struct str payload, struct error *err)
{
    if (spool->broken) {
        errno = ENOSPC;
        return spool_unavailable(err, "broken before");
    }
    unsigned char head[SPOOL_HEAD_BYTES] = { (unsigned char)kind, payload.len & 255,
                                             payload.len >> 8 & 255, payload.len >> 16 & 255,
                                             payload.len >> 24 & 255 };
    if (write_record(spool->fd, head, payload)) {
        spool->length += (off_t)(sizeof head + payload.len);
        return kind == SPOOL_SETTLED ? move_to_finished(spool, err) : 0;
    }
    spool->broken = true;
    spool_unavailable(err, "write");
    if (ftruncate(spool->fd, spool->length) < 0)
        spool_unavailable(err, "truncate"); /* readers stop before a record cut short anyway */
    return -1;
}

void spool_close(struct spool **spool)
{
    if (*spool)
        spool_free(*spool);
    *spool = NULL;
}

void spool_discard(struct spool **spool)
{
    if (*spool)
        unlink((*spool)->live);
    spool_close(spool);
}
