/* A key set from a file that the operator keeps, for key_sets.c: read again when it changed. */
#include "key_source.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (256 * 1024)

static bool same_mark(const struct file_mark *a, const struct stat *b)
{
    return a->changed.tv_sec == b->st_mtim.tv_sec && a->changed.tv_nsec == b->st_mtim.tv_nsec &&
           a->size == b->st_size && a->inode == b->st_ino;
}

/* A file that grows meanwhile is read again at its next change. */
static void take_bytes(struct str bytes, const struct stat *now, const char *path,
                       struct key_source *source)
{
    struct error err;
    struct key_set *set = key_set_make(bytes, &err);
    source->mark = (struct file_mark){ now->st_mtim, now->st_size, now->st_ino, !set };
    if (!set) {
        log_event(LOG_ALARM, "key_set.broken", "%s: %s", path, err.message);
        return;
    }
    key_source_take(source, set, clock_unix_ms());
}

/* What could not be read this time is read at the next look, changed or not. */
static void take_file(int fd, const struct stat *now, const char *path, struct key_source *source)
{
    char *bytes = malloc(FILE_MAX_BYTES + 1);
    if (!bytes)
        abort();
    ssize_t len = read_whole(fd, bytes, FILE_MAX_BYTES + 1);
    if (len < 0)
        log_event(LOG_ALARM, "key_set.unreadable", "%s: %s", path, strerrordesc_np(errno));
    else
        take_bytes((struct str){ bytes, (size_t)len }, now, path, source);
    free(bytes);
}

void key_source_look_file(const char *path, struct key_source *source)
{
    struct stat now;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    if (!fstat(fd, &now) && S_ISREG(now.st_mode)) {
        if (!same_mark(&source->mark, &now))
            take_file(fd, &now, path, source);
        else if (!source->mark.broken)
            source->good_unix_ms = clock_unix_ms();
    }
    close(fd);
}
