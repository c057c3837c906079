/* Paths, handles and the one error of the spool. */
#include "spool_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAYLOAD_MAX_BYTES (64 << 20)

struct spool_path spool_tenant_path(const char *dir, struct tenant_id tenant)
{
    struct spool_path path;
    snprintf(path.text, sizeof path.text, "%.900s/%u", dir, tenant.v);
    return path;
}

struct spool_path spool_file_path(const char *dir, struct tenant_id tenant, struct turn_id turn)
{
    struct spool_path path;
    char id[ID_TEXT_MAX];
    snprintf(path.text, sizeof path.text, "%.900s/%u/%s", dir, tenant.v, turn_id_text(turn, id));
    return path;
}

struct spool_path spool_cancel_path(const char *dir)
{
    struct spool_path path;
    snprintf(path.text, sizeof path.text, "%.900s/cancel", dir);
    return path;
}

size_t spool_payload_length(const unsigned char head[SPOOL_HEAD_BYTES])
{
    return head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
}

struct spool_path spool_finished_path(const char *dir)
{
    struct spool_path path;
    snprintf(path.text, sizeof path.text, "%.900s/finished", dir);
    return path;
}

static char *path_copy(struct spool_path path)
{
    char *copy = strdup(path.text);
    if (!copy)
        abort();
    return copy;
}

struct spool *spool_of(int fd, const char *dir, struct tenant_id tenant, struct turn_id turn,
                       off_t length)
{
    struct spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        abort();
    *spool = (struct spool){
        .fd = fd,
        .length = length,
        .live = path_copy(spool_file_path(dir, tenant, turn)),
        .finished = path_copy(spool_file_path(spool_finished_path(dir).text, tenant, turn)),
    };
    return spool;
}

void spool_free(struct spool *spool)
{
    close(spool->fd);
    free(spool->live);
    free(spool->finished);
    free(spool);
}

struct spool_reader *spool_reader_of(int fd)
{
    struct spool_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        abort();
    *reader = (struct spool_reader){ .fd = fd, .payload = text_make(PAYLOAD_MAX_BYTES) };
    return reader;
}

int spool_unavailable(struct error *err, const char *what)
{
    int cause = errno;
    fail(err, ERROR_UNAVAILABLE, "spool_unavailable", "No new turn can be taken right now.");
    err->retry_after_ms = 5000;
    return error_note(err, "spool: %s: %s", what, strerrordesc_np(cause));
}

int spool_prepare(const char *dir, struct error *err)
{
    struct spool_path cancel = spool_cancel_path(dir), finished = spool_finished_path(dir);
    const char *const folders[] = { dir, cancel.text, finished.text };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (mkdir(folders[i], 0700) < 0 && errno != EEXIST)
            return spool_unavailable(err, "the spool's directory");
    return 0;
}
