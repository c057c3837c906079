/* Gives yajl the arena's memory. yajl never asks whether it got any, so there is no NULL to give:
 * at the arena's maximum we leave yajl by longjmp. */
#include "json_parser.h"

#include <stdalign.h>

/* Before each block: what it can hold, so that it can be grown. */
struct block {
    alignas(max_align_t) size_t capacity;
};

void *parser_alloc(struct parser *p, size_t bytes)
{
    void *memory = arena_try(p->arena, bytes);
    if (!memory)
        longjmp(p->full, 1);
    return memory;
}

static void *block_new(void *parser, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        longjmp(((struct parser *)parser)->full, 1);
    struct block *block = parser_alloc(parser, sizeof *block + bytes);
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
