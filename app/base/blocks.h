/* Memory for arenas. A thread keeps the last few blocks that it gave back, and gives them out again: what
 * comes and goes with each event of a stream takes nothing from malloc, and a stream that waits holds nothing. */
#ifndef INSULA_BASE_BLOCKS_H
#define INSULA_BASE_BLOCKS_H

#include <stdalign.h>
#include <stddef.h>

struct block {
    struct block *older;
    size_t size, used;
    max_align_t bytes[];
};

/* A block of malloc's, with malloc's own bytes a page: what most blocks are, and the largest that is kept. */
#define BLOCK_BYTES (4 * 1024 - 64)

/* At least this many bytes, not zeroed; nothing is used of it. */
struct block *block_take(size_t bytes) __attribute__((returns_nonnull));
void block_give(struct block *block);

#endif
