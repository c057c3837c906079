/* The reading side of the spool, for resuming clients and for recovery. */
#include "spool_file.h"

#include "base/file.h"

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

/* 1: all n bytes; 0: they are not there (yet); -1: the disk does not say. */
static int read_at(const struct spool_reader *reader, void *out, size_t n, off_t at)
{
    ssize_t got = pread_whole(reader->fd, out, n, at);
    return got < 0 ? -1 : (size_t)got == n;
}

static int read_payload(struct spool_reader *reader, size_t length)
{
    char block[4096];
    text_clear(&reader->payload);
    for (size_t done = 0; done < length;) {
        size_t part = length - done < sizeof block ? length - done : sizeof block;
        int status = read_at(reader, block, part, reader->at + SPOOL_HEAD_BYTES + (off_t)done);
        if (status != 1)
            return status;
        text_add(&reader->payload, (struct str){ block, part });
        done += part;
    }
    return !reader->payload.over;
}

int spool_next(struct spool_reader *reader, enum spool_kind *kind_out, struct str *payload_out)
{
    unsigned char head[SPOOL_HEAD_BYTES];
    int status = read_at(reader, head, sizeof head, reader->at);
    if (status == 1)
        status = read_payload(reader, spool_payload_length(head));
    if (status != 1)
        return status;
    reader->at += SPOOL_HEAD_BYTES + (off_t)spool_payload_length(head);
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
