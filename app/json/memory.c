/* Gives the tree its memory from the caller's arena and yajl its own from another that ends with the
 * parse. yajl never asks whether it got any, so there is no NULL to give: at an arena's maximum we
 * leave yajl by longjmp. */
#include "json_parser.h"

#include <stdalign.h>

/* Before each block: what it can hold, so that it can be grown. */
struct block {
    alignas(max_align_t) size_t capacity;
};

static void *take(struct parser *p, struct arena *arena, size_t bytes)
{
    void *memory = arena_try(arena, bytes);
    if (!memory)
        longjmp(p->full, 1);
    return memory;
}

void *parser_alloc(struct parser *p, size_t bytes)
{
    return take(p, p->arena, bytes);
}

static void *block_new(void *parser, size_t bytes)
{
    struct parser *p = parser;
    if (bytes > SIZE_MAX / 4)
        longjmp(p->full, 1);
    struct block *block = take(p, p->work, sizeof *block + bytes);
    block->capacity = bytes;
    return block + 1;
}

/* At least doubles: yajl grows its stack by 128 bytes a time, and an arena takes nothing back. */
static void *block_grow(void *parser, void *memory, size_t bytes)
{
    if (!memory)
        return block_new(parser, bytes);
    size_t capacity = ((struct block *)memory - 1)->capacity;
    if (bytes <= capacity)
        return memory;
    void *larger = block_new(parser, bytes > 2 * capacity ? bytes : 2 * capacity);
    memcpy(larger, memory, capacity);
    return larger;
}

static void block_keep(void *parser, void *memory)
{
    (void)parser;
    (void)memory;
}

yajl_alloc_funcs parser_memory(struct parser *p)
{
    return (yajl_alloc_funcs){
        .malloc = block_new, .realloc = block_grow, .free = block_keep, .ctx = p
    };
}
