/* Memory of one request, turn or snapshot: a chain of blocks that end together. */
#include "base/arena.h"

#include "allocate.h"
#include "blocks.h"

#include <stdint.h>
#include <stdio.h>

#define ALIGNMENT alignof(max_align_t)

struct closer {
    struct closer *older;
    void (*close)(void *thing);
    void *thing;
};

/* What the outside asks for and what we ask for are counted apart: a client that fills its share
 * to the last byte must not make our own next small allocation end the process. */
struct arena {
    struct block *home; /* it lies in it */
    struct block *newest;
    struct closer *closers;
    size_t max, tried, chosen;
};

static size_t round_up(size_t bytes)
{
    return bytes > SIZE_MAX - ALIGNMENT ? SIZE_MAX
                                        : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct arena *arena_new(size_t max_bytes)
{
    struct block *home = block_take(sizeof(struct arena));
    struct arena *arena = (struct arena *)home->bytes;
    *arena = (struct arena){ .home = home, .max = round_up(max_bytes) };
    return arena;
}

/* A closer may use the arena, and may register another closer. */
static void run_closers(struct arena *arena)
{
    while (arena->closers) {
        struct closer *closer = arena->closers;
        arena->closers = closer->older;
        closer->close(closer->thing);
    }
}

void arena_reset(struct arena *arena)
{
    run_closers(arena);
    while (arena->newest) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        block_give(block);
    }
    arena->tried = arena->chosen = 0;
}

void arena_free(struct arena **arena)
{
    if (!*arena)
        return;
    arena_reset(*arena);
    block_give((*arena)->home);
    *arena = NULL;
}

/* A large piece gets a block of its own, behind the newest, whose free room stays in use. */
static struct block *block_with_room(struct arena *arena, size_t bytes)
{
    if (arena->newest && bytes <= arena->newest->size - arena->newest->used)
        return arena->newest;
    if (arena->newest && bytes > BLOCK_BYTES / 4) {
        struct block *block = block_take(bytes);
        block->older = arena->newest->older;
        arena->newest->older = block;
        return block;
    }
    struct block *block = block_take(bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
    block->older = arena->newest;
    return arena->newest = block;
}

/* Counts bytes against *used; NULL where that would pass the maximum. */
static void *take(struct arena *arena, size_t bytes, size_t *used)
{
    size_t rounded = round_up(bytes);
    if (rounded > arena->max - *used || rounded == SIZE_MAX)
        return NULL;
    *used += rounded;
    struct block *block = block_with_room(arena, rounded);
    void *memory = (char *)block->bytes + block->used;
    block->used += rounded;
    return memset(memory, 0, bytes);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    void *memory = take(arena, bytes, &arena->chosen);
    if (!memory)
        allocate_fail("arena: a size of our own choice passes the maximum");
    return memory;
}

void *arena_try(struct arena *arena, size_t bytes)
{
    return take(arena, bytes, &arena->tried);
}

struct str arena_copy(struct arena *arena, struct str bytes)
{
    if (!bytes.at)
        return bytes;
    char *copy = arena_alloc(arena, bytes.len + 1);
    memcpy(copy, bytes.at, bytes.len);
    return (struct str){ copy, bytes.len };
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        allocate_fail("arena_printf: vsnprintf refused its format");
    char *out = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(out, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return out;
}

void arena_defer(struct arena *arena, void (*close)(void *thing), void *thing)
{
    struct closer *closer = arena_new_of(arena, struct closer);
    *closer = (struct closer){ arena->closers, close, thing };
    arena->closers = closer;
}

size_t arena_used(const struct arena *arena)
{
    return arena->tried + arena->chosen;
}
