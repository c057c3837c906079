/* Reading files whole: interrupted and short reads are nobody else's business. */
#ifndef INSULA_BASE_FILE_H
#define INSULA_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Up to size bytes, fewer only at the end of the file. -1 with errno. */
ssize_t read_whole(int fd, void *bytes, size_t size);
/* The same from an offset. */
ssize_t pread_whole(int fd, void *bytes, size_t size, off_t at);

#endif
