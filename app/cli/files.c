/* Reads small files and standard input whole, within a limit. */
#include "files.h"

#include "base/file.h"
#include "crypto/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* What is read may be a secret, so a file that is refused leaves nothing behind. */
static int read_all(int fd, struct arena *arena, const char *name, size_t max_bytes,
                    struct str *out, struct error *err)
{
    char *buffer = arena_alloc(arena, max_bytes + 1);
    ssize_t len = read_whole(fd, buffer, max_bytes + 1);
    if (len < 0)
        return fail_unreachable(err, "%s cannot be read: %s.", name, strerror(errno));
    if ((size_t)len > max_bytes) {
        wipe(buffer, (size_t)len);
        return fail(err, ERROR_TOO_LARGE, "too_large", "%s holds more than %zu bytes.", name,
                    max_bytes);
    }
    *out = (struct str){ buffer, (size_t)len };
    return 0;
}

int file_read(struct arena *arena, const char *path_or_null, size_t max_bytes, struct str *out,
              struct error *err)
{
    if (!path_or_null)
        return read_all(0, arena, "Standard input", max_bytes, out, err);
    int fd = open(path_or_null, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_unreachable(err, "%s cannot be opened: %s.", path_or_null, strerror(errno));
    int failed = read_all(fd, arena, path_or_null, max_bytes, out, err);
    close(fd);
    return failed;
}
