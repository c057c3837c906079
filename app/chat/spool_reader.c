/* The reading side of the spool, for resuming clients and for recovery. */
#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static int open_at(const char *dir, const struct tenant_scope *scope, struct turn_id turn)
{
    struct spool_path path = spool_file_path(dir, scope_tenant(scope), turn);
    return open(path.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int spool_read(const char *dir, const struct tenant_scope *scope, struct turn_id turn,
               struct spool_reader **out, struct error *err)
{
    int fd = open_at(dir, scope, turn);
    if (fd < 0 && errno == ENOENT)
        fd = open_at(spool_finished_path(dir).text, scope, turn);
    if (fd < 0 && errno == ENOENT)
        return fail(err, ERROR_NOT_FOUND, "turn_not_found", "There is no such turn.");
    if (fd < 0)
        return spool_unavailable(err, "open for reading");
    *out = spool_reader_of(fd);
    return 0;
}

static bool read_all(int fd, char *out, size_t n, off_t at)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, out + done, n - done, at + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

int spool_next(struct spool_reader *reader, enum spool_kind *kind_out, struct str *payload_out)
{
    unsigned char head[SPOOL_HEAD_BYTES];
    if (!read_all(reader->fd, (char *)head, sizeof head, reader->at))
        return 0;
    size_t length = spool_payload_length(head);
    text_clear(&reader->payload);
    char block[4096];
    for (size_t done = 0; done < length;) {
        size_t part = length - done < sizeof block ? length - done : sizeof block;
        if (!read_all(reader->fd, block, part, reader->at + SPOOL_HEAD_BYTES + (off_t)done))
            return 0;
        text_add(&reader->payload, (struct str){ block, part });
        done += part;
    }
    if (reader->payload.over)
        return 0;
    reader->at += SPOOL_HEAD_BYTES + (off_t)length;
    *kind_out = (enum spool_kind)head[0];
    *payload_out = text_str(&reader->payload);
    return 1;
}

bool spool_is_live(const struct spool_reader *reader)
{
    if (flock(reader->fd, LOCK_SH | LOCK_NB) < 0)
        return true;
    flock(reader->fd, LOCK_UN);
    return false;
}

void spool_reader_close(struct spool_reader **reader)
{
    if (!*reader)
        return;
    close((*reader)->fd);
    text_free(&(*reader)->payload);
    free(*reader);
    *reader = NULL;
}
