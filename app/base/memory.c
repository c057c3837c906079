/* The program's own malloc, for every library as well: what the system refuses ends the process at
 * once, with a line in the log, a sentence on standard error and status 71.
 *
 * libfcgi, yajl, libcurl and libmariadb look at a pointer from malloc here and there only, and half
 * a worker is worse than a new one. So no code of these programs ever meets a NULL. The C library
 * lets a program bring its own functions (its manual, "Replacing malloc"); these go on to its own.
 * The sanitizers bring theirs, which end the process too, so their builds leave this file out. */
#include "base/log.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

#define STATUS 71 /* EX_OSERR of sysexits.h */

/* The failing thread may hold any lock of the C library: nothing here may take one or want memory.
 */
static _Noreturn void out_of_memory(void)
{
    log_out_of_memory();
    static const char words[] = ": out of memory; the process ends.\n";
    const struct iovec sentence[] = {
        { program_invocation_short_name, strlen(program_invocation_short_name) },
        { (void *)(uintptr_t)words, sizeof words - 1 },
    };
    (void)!writev(STDERR_FILENO, sentence, 2);
    _exit(STATUS);
}

void *malloc(size_t bytes)
{
    void *memory = __libc_malloc(bytes);
    if (!memory)
        out_of_memory();
    return memory;
}

void *calloc(size_t count, size_t bytes)
{
    void *memory = __libc_calloc(count, bytes);
    if (!memory)
        out_of_memory();
    return memory;
}

/* For 0 bytes it frees, and its NULL says so. */
void *realloc(void *memory, size_t bytes)
{
    void *grown = __libc_realloc(memory, bytes);
    if (!grown && bytes)
        out_of_memory();
    return grown;
}
