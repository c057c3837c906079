/* Asking whichever worker relays a turn to stop it: a file in a folder that every relay watches. */
#include "spool_file.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define STALE_MS 60000

int spool_cancel(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
                 struct error *err)
{
    struct spool_path live = spool_file_path(dir, scope_tenant(scope), turn);
    if (access(live.text, F_OK) < 0)
        return fail(err, ERROR_NOT_FOUND, "turn_not_found", "There is no such turn.");
    struct spool_path folder = spool_cancel_path(dir);
    char id[ID_TEXT_MAX];
    int root = open(folder.text, O_DIRECTORY | O_CLOEXEC);
    int fd =
        openat(root, turn_id_text(turn, id), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (root >= 0)
        close(root);
    if (fd < 0)
        return spool_unavailable(err, "cancel");
    close(fd);
    return 0;
}

int spool_cancel_watch(const char *dir, struct error *err)
{
    struct spool_path folder = spool_cancel_path(dir);
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0 && inotify_add_watch(fd, folder.text, IN_CREATE) >= 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return spool_unavailable(err, "watching for cancellations");
}

/* The events only say that there is something to look at. */
static void drain(int fd)
{
    char buffer[4096];
    while (read(fd, buffer, sizeof buffer) > 0 || errno == EINTR)
        continue;
}

static bool is_stale(int folder, const char *name)
{
    struct stat facts;
    return fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
           clock_unix_ms() - (int64_t)facts.st_mtim.tv_sec * 1000 > STALE_MS;
}

void spool_cancel_take(const char *dir, int fd, bool (*is_mine)(void *self, struct turn_id turn),
                       void *self)
{
    drain(fd);
    struct spool_path path = spool_cancel_path(dir);
    DIR *folder = opendir(path.text);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct turn_id turn;
        if (turn_id_parse(str_of(entry->d_name), &turn) &&
            (is_mine(self, turn) || is_stale(dirfd(folder), entry->d_name)))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}
