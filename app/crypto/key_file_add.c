/* Adds a key to the key file, for insulactl: the file is whole at every moment, whatever breaks. */
#include "key_file.h"

#include "crypto/digest.h"
#include "crypto/random.h"

#include "base/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_MODE 0400

static int add_fail(struct error *err, const char *path)
{
    return key_file_fail(err, path, strerror(errno));
}

/* Its lock keeps two additions apart; the file's own would vanish with the file it replaces. */
static int lock_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(folder, sizeof folder, "%.*s", (int)len, path);
    const char *name = len ? folder : slash ? "/" : ".";
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int read_or_begin(const char *path, struct key_file *file, struct error *err)
{
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        *file = (struct key_file){ .mode = NEW_MODE, .owner = geteuid(), .group = getegid() };
        return 0;
    }
    return key_file_read(path, file, err);
}

static uint32_t largest_id(const struct key_ring *ring)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < ring->count; i++)
        if (ring->keys[i].id > largest)
            largest = ring->keys[i].id;
    return largest;
}

/* The text grows by a line with a new random key. */
static int append_key(const char *path, struct key_file *file, uint32_t *id_out, struct error *err)
{
    struct key_ring ring = { 0 };
    int result = key_file_parse(path, file, &ring, err);
    uint32_t largest = largest_id(&ring);
    size_t count = ring.count;
    wipe(&ring, sizeof ring);
    if (result < 0)
        return -1;
    if (count == KEY_RING_MAX || largest == UINT32_MAX)
        return key_file_fail(err, path, "it can hold no more keys");

    unsigned char key[DATA_KEY_BYTES];
    char hex[2 * DATA_KEY_BYTES + 1];
    random_bytes(key, sizeof key);
    hex_encode(key, sizeof key, hex);
    const char *gap = file->len && file->bytes[file->len - 1] != '\n' ? "\n" : "";
    size_t room = sizeof file->bytes - file->len;
    int n = snprintf(file->bytes + file->len, room, "%s%u %s\n", gap, largest + 1, hex);
    wipe(key, sizeof key);
    wipe(hex, sizeof hex);
    if ((size_t)n >= room - 1)
        return key_file_fail(err, path, "it is too large");
    file->len += (size_t)n;
    *id_out = largest + 1;
    return 0;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The owner is kept too: root adds keys to a file that the workers' user must go on reading. */
static bool write_new(int fd, const struct key_file *file)
{
    return write_all(fd, file->bytes, file->len) && fchown(fd, file->owner, file->group) == 0 &&
           fchmod(fd, file->mode) == 0 && fsync(fd) == 0;
}

static int replace_file(const char *path, int folder, const struct key_file *file,
                        struct error *err)
{
    char new_path[PATH_MAX];
    if ((size_t)snprintf(new_path, sizeof new_path, "%s.new", path) >= sizeof new_path)
        return key_file_fail(err, path, "its name is too long");
    unlink(new_path); /* left by an addition that was killed: we hold the lock */
    int fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NEW_MODE);
    if (fd < 0)
        return add_fail(err, path);
    bool written = write_new(fd, file);
    if (close(fd) < 0 || !written || rename(new_path, path) < 0) {
        add_fail(err, path);
        unlink(new_path);
        return -1;
    }
    return fsync(folder) < 0 ? add_fail(err, path) : 0;
}

int key_file_add(const char *path, uint32_t *id_out, struct error *err)
{
    int folder = lock_folder(path);
    if (folder < 0)
        return add_fail(err, path);
    struct key_file file;
    uint32_t id = 0;
    int result = read_or_begin(path, &file, err);
    if (result == 0)
        result = append_key(path, &file, &id, err);
    if (result == 0)
        result = replace_file(path, folder, &file, err);
    wipe(&file, sizeof file);
    close(folder);
    if (result == 0)
        *id_out = id;
    return result;
}
