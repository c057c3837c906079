/* Blocks of memory, a few of which each thread keeps for the next who asks. */
#include "blocks.h"

#include "allocate.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT_MOST = 16 };

/* A sanitizer must see it when somebody touches what an arena gave back. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KEPT_LARGEST 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KEPT_LARGEST 0
#endif
#endif
#ifndef KEPT_LARGEST
#define KEPT_LARGEST BLOCK_BYTES
#endif

/* Sizes are rounded, so that one block serves many wishes. */
#define STEP_BYTES  (BLOCK_BYTES / 28)
#define SMALL_BYTES 64

static _Thread_local struct {
    struct block *blocks[KEPT_MOST];
    unsigned next; /* the place that is given up when there is none */
    int is_known;  /* the thread's end gives them all back */
} kept;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end;

static void give_all(void *ignored)
{
    (void)ignored;
    for (unsigned i = 0; i < KEPT_MOST; i++)
        free(kept.blocks[i]);
}

static void make_key(void)
{
    if (pthread_key_create(&at_end, give_all))
        allocate_fail("blocks: no key for a thread's end");
}

static void know_thread(void)
{
    if (kept.is_known)
        return;
    pthread_once(&once, make_key);
    kept.is_known = pthread_setspecific(at_end, &kept) == 0;
}

static size_t round_up(size_t bytes)
{
    if (bytes <= SMALL_BYTES)
        return SMALL_BYTES;
    return bytes > BLOCK_BYTES ? bytes : (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
}

struct block *block_take(size_t bytes)
{
    size_t size = round_up(bytes);
    for (unsigned i = 0; i < KEPT_MOST; i++) {
        struct block *block = kept.blocks[i];
        if (block && block->size == size) {
            kept.blocks[i] = NULL;
            *block = (struct block){ .size = size };
            return block;
        }
    }
    struct block *block = allocate(sizeof *block + size);
    *block = (struct block){ .size = size };
    return block;
}

void block_give(struct block *block)
{
    if (block->size > KEPT_LARGEST) {
        free(block);
        return;
    }
    know_thread();
    unsigned place = 0;
    while (place < KEPT_MOST && kept.blocks[place])
        place++;
    if (place == KEPT_MOST) {
        place = kept.next;
        kept.next = (place + 1) % KEPT_MOST;
    }
    free(kept.blocks[place]);
    kept.blocks[place] = block;
}
