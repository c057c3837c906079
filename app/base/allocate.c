/* malloc that cannot fail, for the arena and the growable text. */
#include "allocate.h"

#include "base/log.h"

#include <stdlib.h>

_Noreturn void allocate_fail(const char *words)
{
    log_event(LOG_ALARM, "memory", "%s", words);
    abort();
}

void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory)
        allocate_fail("out of memory");
    return memory;
}

void *reallocate(void *memory, size_t bytes)
{
    void *grown = realloc(memory, bytes);
    if (!grown)
        allocate_fail("out of memory");
    return grown;
}
