/* Files that may have lost their worker: the walk over them, taking one over, and sweeping away
 * those that are finished. */
#include "spool_file.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool orphan_of(int folder, const char *name, struct tenant_id tenant,
                      struct spool_orphan *out)
{
    struct stat facts;
    if (!turn_id_parse(str_of(name), &out->turn) ||
        fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(facts.st_mode))
        return false;
    out->tenant = tenant;
    out->changed_unix_ms = (int64_t)facts.st_mtim.tv_sec * 1000 + facts.st_mtim.tv_nsec / 1000000;
    return true;
}

static int walk_tenant(const char *dir, struct tenant_id tenant,
                       int (*take)(void *self, const struct spool_orphan *file), void *self)
{
    struct spool_path path = spool_tenant_path(dir, tenant);
    DIR *folder = opendir(path.text);
    if (!folder)
        return 0;
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(folder));) {
        struct spool_orphan file;
        if (orphan_of(dirfd(folder), entry->d_name, tenant, &file))
            status = take(self, &file);
    }
    closedir(folder);
    return status;
}

int spool_walk(const char *dir, int (*take)(void *self, const struct spool_orphan *file),
               void *self, struct error *err)
{
    DIR *root = opendir(dir);
    if (!root)
        return spool_unavailable(err, "walk");
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(root));) {
        long long tenant;
        if (str_to_number(str_of(entry->d_name), UINT32_MAX, &tenant))
            status = walk_tenant(dir, (struct tenant_id){ (uint32_t)tenant }, take, self);
    }
    closedir(root);
    return 0;
}

/* Where the last whole record ends; -1: the disk does not say. */
static off_t whole_length(int fd, off_t size)
{
    off_t at = 0;
    unsigned char head[SPOOL_HEAD_BYTES];
    ssize_t got;
    while ((got = pread_whole(fd, head, sizeof head, at)) == (ssize_t)sizeof head) {
        off_t next = at + SPOOL_HEAD_BYTES + (off_t)spool_payload_length(head);
        if (next > size)
            break;
        at = next;
    }
    return got < 0 ? -1 : at;
}

int spool_adopt(const char *dir, const struct spool_orphan *file, struct spool **out,
                struct spool_reader **reader_out, struct error *err)
{
    struct spool_path path = spool_file_path(dir, file->tenant, file->turn);
    *out = NULL;
    int fd = open(path.text, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : spool_unavailable(err, "adopt");
    struct stat facts;
    /* Another may have removed it between open and lock: then no name leads to it any more. */
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &facts) < 0 || facts.st_nlink == 0) {
        close(fd);
        return 0;
    }
    /* What is appended behind a record cut short would be read as its rest. */
    off_t whole = whole_length(fd, facts.st_size);
    bool is_whole = whole >= 0 && (whole == facts.st_size || ftruncate(fd, whole) == 0);
    int second = is_whole ? dup(fd) : -1;
    if (second < 0) {
        close(fd);
        return spool_unavailable(err, "adopt");
    }
    *out = spool_of(fd, dir, file->tenant, file->turn, whole);
    *reader_out = spool_reader_of(second);
    return 0;
}

void spool_remove(const char *dir, const struct spool_orphan *file)
{
    struct spool_path path = spool_file_path(dir, file->tenant, file->turn);
    unlink(path.text);
}

struct sweep {
    struct spool_path dir;
    int64_t before_unix_ms;
};

static int sweep_one(void *self, const struct spool_orphan *file)
{
    const struct sweep *sweep = self;
    if (file->changed_unix_ms < sweep->before_unix_ms)
        spool_remove(sweep->dir.text, file);
    return 0;
}

void spool_sweep(const char *dir, int64_t before_unix_ms)
{
    struct sweep sweep = { spool_finished_path(dir), before_unix_ms };
    struct error ignored;
    int fd = open(sweep.dir.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)!spool_walk(sweep.dir.text, sweep_one, &sweep, &ignored);
    if (fd >= 0)
        close(fd);
}
