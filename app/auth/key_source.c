/* Holds one parsed key set in memory of its own, for key_sets.c and both kinds of source. */
#include "key_source.h"

struct key_set *key_set_make(struct str document, struct error *err)
{
    struct arena *scratch = arena_new(16 << 20);
    struct key *keys;
    size_t count;
    struct key_set *set = NULL;
    if (!key_set_parse(scratch, document, &keys, &count, err)) {
        struct arena *arena = arena_new(1 << 20);
        set = arena_new_of(arena, struct key_set);
        *set = (struct key_set){ 1, arena, arena_array_of(arena, struct key, count), count };
        for (size_t i = 0; i < count; i++) {
            set->keys[i] = keys[i];
            set->keys[i].kid = arena_copy(arena, keys[i].kid);
            set->keys[i].public = public_key_share(keys[i].public, arena);
        }
    }
    arena_free(&scratch);
    return set;
}

void key_set_drop(struct key_set *set)
{
    struct arena *arena = set->arena;
    arena_free(&arena);
}

void key_source_take(struct key_source *source, struct key_set *fresh, int64_t good_unix_ms)
{
    if (source->fresh)
        key_set_drop(source->fresh);
    source->fresh = fresh;
    source->good_unix_ms = good_unix_ms;
}
