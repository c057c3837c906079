/* Memory that lives as long as one request, one turn or one snapshot, and ends all at once.
 *
 * Nothing in an arena is freed singly. Things that are not memory (handles, descriptors, texts)
 * register their closer; arena_free runs the closers newest first, then gives the memory back: the last few
 * blocks to the thread, for the next arena that wants some, the rest to malloc. */
#ifndef INSULA_BASE_ARENA_H
#define INSULA_BASE_ARENA_H

#include "base/str.h"

struct arena;

/* max_bytes bounds all that arena_try may hand out, and apart from it all that the other functions
 * may: what a client fills with its bytes is not taken from what we need to answer it. One thread
 * uses an arena at a time. */
struct arena *arena_new(size_t max_bytes) __attribute__((returns_nonnull));
void arena_free(struct arena **arena);                       /* NULL is fine; *arena becomes NULL */
void arena_reset(struct arena *arena);  /* runs closers, gives the memory back; the next use may follow */

/* Zeroed and aligned for any type. For sizes we choose: passing the maximum is our defect and ends
 * the process. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((returns_nonnull));
/* The same for sizes the outside chooses: NULL when the maximum would be passed. */
void *arena_try(struct arena *arena, size_t bytes);
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array_of(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/* Copies; the result is NUL-terminated behind its length; absent stays absent. They end the process
 * at the maximum as arena_alloc does: bound the length of outside bytes first. */
struct str arena_copy(struct arena *arena, struct str bytes);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Runs close(thing) when the arena ends or is reset. */
void arena_defer(struct arena *arena, void (*close)(void *thing), void *thing);
size_t arena_used(const struct arena *arena); /* all bytes handed out since the start or reset */

#endif
