/* The arena: its maximum, its closers, its copies. */
#include "base/arena.h"
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

static char order[16], names[] = "abcde";

static void note(void *thing)
{
    order[strlen(order)] = *(char *)thing;
}

static void test_memory(void)
{
    struct arena *arena = arena_new(10 * 1024 * 1024);
    int aligned = 1, zeroed = 1;
    for (size_t size = 1; size < 30000; size += 37) {
        unsigned char *p = arena_alloc(arena, size);
        aligned &= (uintptr_t)p % _Alignof(max_align_t) == 0;
        for (size_t i = 0; i < size; i++)
            zeroed &= p[i] == 0;
        memset(p, 0xAA, size);
        if (size % 5 == 0 && arena_used(arena) > 4 * 1024 * 1024)
            arena_reset(arena);
    }
    ok(aligned, "every piece is aligned for any type");
    ok(zeroed, "every piece is zeroed, also in memory that was used before a reset");
    arena_reset(arena);
    ok(arena_used(arena) == 0, "after a reset nothing is used");
    size_t kept = mallinfo2().uordblks;
    arena_alloc(arena, 10000);
    arena_alloc(arena, 10);
    arena_reset(arena);
    ok(mallinfo2().uordblks == kept, "and no more is kept than before");
    char *small = arena_alloc(arena, 8), *large = arena_alloc(arena, 100000);
    char *next = arena_alloc(arena, 8);
    memset(large, 1, 100000);
    ok(next - small == 16, "a large piece does not end the block that small ones are taken from");
    arena_free(&arena);
    ok(arena == NULL, "freed, the pointer is NULL");
    arena_free(&arena);
    ok(1, "NULL may be freed");
}

static void test_maximum(void)
{
    struct arena *arena = arena_new(1000);
    ok(arena_try(arena, 1001 + 16) == NULL, "more than the maximum is refused");
    ok(arena_try(arena, SIZE_MAX) == NULL && arena_try(arena, SIZE_MAX - 8) == NULL,
       "sizes that would wrap are refused");
    ok(arena_used(arena) == 0, "a refusal takes nothing");
    ok(arena_try(arena, 1000) != NULL, "the maximum itself is given");
    ok(arena_try(arena, 1) == NULL, "behind it there is nothing left");
    char *ours = arena_alloc(arena, 900);
    ok(ours[899] == 0, "what the outside took is not taken from us");
    arena_reset(arena);
    ok(arena_try(arena, 1000) != NULL, "a reset gives the maximum back");
    arena_free(&arena);
}

static int status_of_child(void (*body)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(9);
        body();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

static void pass_the_maximum(void)
{
    struct arena *arena = arena_new(1000);
    arena_alloc(arena, 600);
    arena_alloc(arena, 600);
}

static void test_our_defect(void)
{
    int status = status_of_child(pass_the_maximum);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
       "a size of our own choice that passes the maximum ends the process");
}

static struct arena *closing;

static void close_and_defer(void *thing)
{
    note(thing);
    arena_alloc(closing, 100);
    arena_defer(closing, note, &names[3]);
}

static void test_closers(void)
{
    closing = arena_new(10000);
    arena_defer(closing, note, &names[0]);
    arena_defer(closing, note, &names[1]);
    arena_defer(closing, note, &names[2]);
    is_text(order, "", "closers wait for the end");
    arena_reset(closing);
    is_text(order, "cba", "a reset runs the closers, newest first");
    arena_reset(closing);
    is_text(order, "cba", "each once");
    arena_defer(closing, close_and_defer, &names[4]);
    arena_free(&closing);
    is_text(order, "cbaed", "a closer may use the arena and register another");
}

static void test_copies(void)
{
    struct arena *arena = arena_new(100000);
    char bytes[] = "a\0b";
    struct str copy = arena_copy(arena, (struct str){ bytes, 3 });
    bytes[0] = 'x';
    ok(copy.len == 3 && !memcmp(copy.at, "a\0b", 4), "a copy is its own, with a NUL behind");
    ok(arena_copy(arena, (struct str){ 0 }).at == NULL, "absent stays absent");
    struct str empty = arena_copy(arena, STR(""));
    ok(empty.at && empty.len == 0 && !*empty.at, "empty stays empty");
    is_text(arena_printf(arena, "%s/%d", "turn", 7), "turn/7", "printf");
    ok(strlen(arena_printf(arena, "%050000d", 1)) == 50000, "printf of any length");
    arena_free(&arena);
}

int main(void)
{
    test_memory();
    test_maximum();
    test_our_defect();
    test_closers();
    test_copies();
    return done();
}
