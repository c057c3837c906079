/* Files that options name. Private to cli/. */
#ifndef INSULA_CLI_FILES_H
#define INSULA_CLI_FILES_H

#include "cli.h"

/* The whole file, or standard input for NULL; in the arena.
 * EXIT_UNREACHABLE; ERROR_TOO_LARGE over max_bytes. */
int file_read(struct arena *arena, const char *path_or_null, size_t max_bytes, struct str *out,
              struct error *err);

#endif
