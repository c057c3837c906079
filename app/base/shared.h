/* A file in worker.run_dir that processes map together; private to base/. */
#ifndef INSULA_APP_BASE_SHARED_H
#define INSULA_APP_BASE_SHARED_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* make: where it is missing, it is made. The descriptor stays open; *map_out is bytes long.
 * ERROR_UNAVAILABLE. */
int shared_map(const char *run_dir, const char *name, size_t bytes, bool make, int *fd_out,
               void **map_out, struct error *err);

#endif
