/* Maps the files that all workers of a machine share. */
#include "shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int shared_map(const char *run_dir, const char *name, size_t bytes, bool make, int *fd_out,
               void **map_out, struct error *err)
{
    char path[512];
    if (snprintf(path, sizeof path, "%s/%s", run_dir, name) >= (int)sizeof path)
        return fail(err, ERROR_INTERNAL, name, "worker.run_dir is too long");
    int fd = open(path, O_RDWR | (make ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW, 0600);
    /* All bytes now: a full file system must fail here, not kill the process at the first count. */
    int failed = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)bytes);
    void *map = failed ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        failed = failed ? failed : errno;
        fail(err, ERROR_UNAVAILABLE, name, "the %s file cannot be mapped", name);
        error_note(err, "%s: %s", path, strerror(failed));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *fd_out = fd;
    *map_out = map;
    return 0;
}
