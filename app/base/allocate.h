/* Heap memory for this folder: what malloc refuses ends the process, after a log line, because half
 * a worker is worse than a new one. */
#ifndef INSULA_BASE_ALLOCATE_H
#define INSULA_BASE_ALLOCATE_H

#include <stddef.h>

void *allocate(size_t bytes) __attribute__((returns_nonnull, malloc));
void *reallocate(void *memory, size_t bytes) __attribute__((returns_nonnull));
/* Says why in the log and aborts. words: a literal. */
_Noreturn void allocate_fail(const char *words);

#endif
