/* The key file's text in memory, for reading it and for writing its successor. */
#ifndef INSULA_CRYPTO_KEY_FILE_H
#define INSULA_CRYPTO_KEY_FILE_H

#include "key_ring.h"

#include <sys/types.h>

#define KEY_FILE_MAX_BYTES (32 * 1024) /* KEY_RING_MAX keys and as much again of comments */

/* Holds secrets: wipe it. */
struct key_file {
    mode_t mode;
    uid_t owner;
    gid_t group;
    size_t len;
    char bytes[KEY_FILE_MAX_BYTES];
};

int key_file_read(const char *path, struct key_file *out, struct error *err);
/* Adds the file's keys to an empty ring; a file of comments alone adds none. */
int key_file_parse(const char *path, const struct key_file *file, struct key_ring *ring,
                   struct error *err);

/* "keys_unreadable"; the reason never quotes the file. */
int key_file_fail(struct error *err, const char *path, const char *why);

#endif
