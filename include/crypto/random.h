/* Random bytes from the kernel; a kernel that has none ends the process. */
#ifndef INSULA_CRYPTO_RANDOM_H
#define INSULA_CRYPTO_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t n);

#endif
