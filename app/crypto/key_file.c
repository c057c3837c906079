/* Reads the key file, and refuses one that others could have read or written. */
#include "key_file.h"

#include "crypto/digest.h"

#include "base/codec.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int key_file_fail(struct error *err, const char *path, const char *why)
{
    fail(err, ERROR_INTERNAL, "keys_unreadable", "the key file cannot be used: %s", why);
    return error_note(err, "%s: %s", path, why);
}

static int check_owner_and_mode(const char *path, const struct stat *st, struct error *err)
{
    if (!S_ISREG(st->st_mode))
        return key_file_fail(err, path, "it is not a regular file");
    mode_t mode = st->st_mode & ALLPERMS;
    if (mode != 0400 && mode != 0600)
        return key_file_fail(err, path, "its mode is neither 0400 nor 0600");
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return key_file_fail(err, path, "it belongs to another user");
    return 0;
}

static int read_open_file(const char *path, int fd, struct key_file *out, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return key_file_fail(err, path, strerror(errno));
    if (check_owner_and_mode(path, &st, err) < 0)
        return -1;
    ssize_t len = read_whole(fd, out->bytes, sizeof out->bytes); /* one more than there may be */
    if (len < 0)
        return key_file_fail(err, path, strerror(errno));
    if ((size_t)len == sizeof out->bytes)
        return key_file_fail(err, path, "it is too large");
    out->len = (size_t)len;
    out->mode = st.st_mode & ALLPERMS;
    out->owner = st.st_uid;
    out->group = st.st_gid;
    return 0;
}

int key_file_read(const char *path, struct key_file *out, struct error *err)
{
    /* O_NONBLOCK: opening a pipe that lies there must not wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return key_file_fail(err, path, strerror(errno));
    int result = read_open_file(path, fd, out, err);
    close(fd);
    return result;
}

/* "<id> <64 hex digits>"; what is wrong with it, or NULL. */
static const char *parse_line(struct str line, struct key_ring *ring)
{
    const char *space = memchr(line.at, ' ', line.len);
    size_t digits = space ? (size_t)(space - line.at) : line.len;
    long long id;
    if (!space || !str_to_number((struct str){ line.at, digits }, UINT32_MAX, &id) || id == 0)
        return "does not begin with a positive id and a blank";
    if (key_ring_find(ring, (uint32_t)id))
        return "has the id of another line";
    if (ring->count == KEY_RING_MAX)
        return "is one key too many";
    struct ring_key *key = &ring->keys[ring->count];
    if (!hex_decode((struct str){ space + 1, line.len - digits - 1 }, key->bytes, DATA_KEY_BYTES))
        return "does not end with 64 hex digits";
    key->id = (uint32_t)id;
    ring->count++;
    return NULL;
}

int key_file_parse(const char *path, const struct key_file *file, struct key_ring *ring,
                   struct error *err)
{
    const char *at = file->bytes, *end = at + file->len;
    for (int number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct str line = { at, (size_t)((newline ? newline : end) - at) };
        at += line.len + 1;
        const char *wrong = NULL;
        if (line.len && line.at[0] != '#')
            wrong = parse_line(line, ring);
        if (!wrong)
            continue;
        char why[96];
        snprintf(why, sizeof why, "line %d %s", number, wrong);
        return key_file_fail(err, path, why);
    }
    return 0;
}
