/* Puts the ways that a turn may go in order: by weight within a model, then its fallback's. */
#include "chat/attempt.h"

/* splitmix64's last steps: every bit of the input moves every bit of the output. */
static uint64_t mixed(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* The throw number n of a turn. Ids of one worker differ in few bits. */
static uint64_t thrown(struct turn_id turn, uint64_t n)
{
    uint64_t halves[2];
    memcpy(halves, turn.v.b, sizeof halves);
    return mixed(mixed(mixed(halves[0]) ^ halves[1]) + n);
}

/* The rest keep their order. */
static void move_to_front(struct leg *legs, size_t from)
{
    struct leg drawn = legs[from];
    memmove(legs + 1, legs, from * sizeof *legs);
    legs[0] = drawn;
}

/* Draws without putting back; those of weight 0 are left at the end, as they were listed. */
static void draw(struct leg *legs, size_t count, struct turn_id turn, uint64_t *throws)
{
    for (; count > 1; legs++, count--) {
        uint64_t total = 0, chance;
        size_t i = 0;
        for (size_t l = 0; l < count; l++)
            total += (uint64_t)legs[l].route->weight;
        if (!total)
            return;
        for (chance = thrown(turn, (*throws)++) % total; chance >= (uint64_t)legs[i].route->weight;
             i++)
            chance -= (uint64_t)legs[i].route->weight;
        move_to_front(legs, i);
    }
}

void attempts_plan(struct attempts *a, struct arena *arena, const struct model *model,
                   struct turn_id turn)
{
    uint64_t throws = 0;
    *a = (struct attempts){ 0 };
    for (const struct model *m = model; m; m = m->fallback)
        a->leg_count += m->route_count;
    a->legs = arena_array_of(arena, struct leg, a->leg_count);
    struct leg *leg = a->legs;
    for (const struct model *m = model; m; leg += m->route_count, m = m->fallback) {
        for (size_t i = 0; i < m->route_count; i++)
            leg[i] = (struct leg){ .model = m, .route = &m->routes[i] };
        draw(leg, m->route_count, turn, &throws);
    }
}
