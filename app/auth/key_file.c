/* A key set from a file that the operator keeps, for key_sets.c: read again when it changed. */
#include "key_source.h"

#include "base/clock.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (256 * 1024)

static bool same_mark(const struct file_mark *a, const struct stat *b)
{
    return a->changed.tv_sec == b->st_mtim.tv_sec && a->changed.tv_nsec == b->st_mtim.tv_nsec &&
           a->size == b->st_size && a->inode == b->st_ino;
}

/* NULL with *err; a file that grows meanwhile is read again at its next change. */
static struct key_set *read_set(int fd, struct error *err)
{
    char *bytes = malloc(FILE_MAX_BYTES + 1);
    if (!bytes)
        abort();
    size_t len = 0;
    ssize_t got;
    while (len <= FILE_MAX_BYTES && (got = read(fd, bytes + len, FILE_MAX_BYTES + 1 - len)) > 0)
        len += (size_t)got;
    struct key_set *set = key_set_make((struct str){ bytes, len }, err);
    free(bytes);
    return set;
}

static void take_file(int fd, const struct stat *now, const char *path, struct key_source *source)
{
    struct error err;
    struct key_set *set = read_set(fd, &err);
    source->mark = (struct file_mark){ now->st_mtim, now->st_size, now->st_ino, !set };
    if (!set) {
        log_event(LOG_ALARM, "key_set.broken", "%s: %s", path, err.message);
        return;
    }
    key_source_take(source, set, clock_unix_ms());
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
