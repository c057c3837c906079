/* Blocks of arenas: which are kept for the next who asks, and which are not. */
#include "blocks.h"
#include "tap.h"

#include <malloc.h>
#include <pthread.h>

enum { MANY = 100, KEPT_MOST = 16, SLACK = 1024 /* of malloc's own */ };

/* Takes that many and gives them all back. */
static void use(int count, size_t bytes)
{
    struct block *blocks[MANY];
    for (int i = 0; i < count; i++)
        blocks[i] = block_take(bytes);
    for (int i = 0; i < count; i++)
        block_give(blocks[i]);
}

static size_t in_use(void)
{
    return mallinfo2().uordblks;
}

static void test_kept(void)
{
    struct block *first = block_take(100);
    ok(first->size >= 100 && first->used == 0, "a block has room");
    first->used = 77;
    block_give(first);
    struct block *again = block_take(101);
    ok(again == first,
       "what was given back is given out again, for a size that is nearly the same");
    ok(again->used == 0 && again->older == NULL, "with nothing of it used");
    struct block *other = block_take(100);
    ok(other != again, "one at a time");
    struct block *large = block_take(BLOCK_BYTES);
    ok(large->size == BLOCK_BYTES, "not for a size that is not");
    block_give(large);
    block_give(other);
    block_give(again);
}

static void test_maximum(void)
{
    size_t before = in_use();
    use(MANY, BLOCK_BYTES);
    use(MANY, BLOCK_BYTES);
    ok(in_use() - before <= KEPT_MOST * (size_t)4096, "a few are kept, and no more");
    before = in_use();
    use(MANY, 64);
    ok(in_use() < before, "sizes that nobody wants any more make room for others");
    use(MANY, BLOCK_BYTES);
    ok(in_use() < before + SLACK, "and so again");
    use(1, BLOCK_BYTES + 1);
    ok(in_use() < before + SLACK, "a large one is not kept");
}

static void *thread(void *unused)
{
    use(MANY, BLOCK_BYTES);
    return unused;
}

static void test_threads(void)
{
    pthread_t id;
    size_t before = 0;
    for (int i = 0; i < 3; i++) { /* what a first thread leaves behind is the C library's */
        before = in_use();
        if (pthread_create(&id, NULL, thread, NULL) || pthread_join(id, NULL))
            break;
    }
    ok(in_use() < before + SLACK, "a thread that ends keeps nothing");
}

int main(void)
{
    mallopt(M_ARENA_MAX, 1); /* mallinfo2 sees one */
    test_kept();
    test_maximum();
    test_threads();
    return done();
}
