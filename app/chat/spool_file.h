/* What the spool's files share: the two handles, and the one place that makes a path. */
#ifndef INSULA_CHAT_SPOOL_FILE_H
#define INSULA_CHAT_SPOOL_FILE_H

#include "chat/spool.h"

#include <sys/types.h>

#define SPOOL_PATH_MAX 1024
#define SPOOL_HEAD_BYTES 5 /* kind and length */

struct spool_path {
    char text[SPOOL_PATH_MAX];
};

struct spool {
    int fd;
    off_t length; /* of whole records */
    bool broken;
    char *live, *finished; /* its two places */
};

struct spool_reader {
    int fd;
    off_t at;
    struct text payload;
};

size_t spool_payload_length(const unsigned char head[SPOOL_HEAD_BYTES]);
struct spool_path spool_tenant_path(const char *dir, struct tenant_id tenant);
struct spool_path spool_file_path(const char *dir, struct tenant_id tenant, struct turn_id turn);
struct spool_path spool_cancel_path(const char *dir);
/* The second place: the same below <dir>/finished. */
struct spool_path spool_finished_path(const char *dir);
struct spool *spool_of(int fd, const char *dir, struct tenant_id tenant, struct turn_id turn,
                       off_t length);
void spool_free(struct spool *spool); /* leaves the file as it is */
struct spool_reader *spool_reader_of(int fd);
/* ERROR_UNAVAILABLE "spool_unavailable", with errno's reason for the log. */
int spool_unavailable(struct error *err, const char *what);

#endif
