/* The order in which a turn asks: weights are shares, a turn always draws the same, and what is
 * spare comes last. */
#include "tap.h"

#include "chat/attempt.h"

enum { TURNS = 20000 };

static struct arena *arena;

static struct model_route routes_of_weights[4];

static struct model weighed(int a, int b, int c, int d)
{
    int weights[] = { a, b, c, d };
    for (int i = 0; i < 4; i++)
        routes_of_weights[i] = (struct model_route){ .weight = weights[i] };
    return (struct model){ .name = "m", .routes = routes_of_weights, .route_count = 4 };
}

static size_t leg_at(const struct attempts *a, size_t i)
{
    return (size_t)(a->legs[i].route - a->legs[i].model->routes);
}

/* How often each route is asked first, of TURNS. */
static void first_of(const struct model *model, int counts[4])
{
    memset(counts, 0, 4 * sizeof *counts);
    for (int i = 0; i < TURNS; i++) {
        struct attempts a;
        attempts_plan(&a, arena, model, turn_id_new());
        counts[leg_at(&a, 0)]++;
        arena_reset(arena);
    }
}

static bool about(int count, double share)
{
    double expected = TURNS * share;
    return count > expected * 0.9 - 1 && count < expected * 1.1 + 1;
}

static void weights_are_shares(void)
{
    int counts[4];
    struct model model = weighed(1, 1, 1, 1);
    first_of(&model, counts);
    ok(about(counts[0], .25) && about(counts[1], .25) && about(counts[2], .25) &&
           about(counts[3], .25),
       "equal weights, equal shares: %d %d %d %d", counts[0], counts[1], counts[2], counts[3]);
    model = weighed(7, 2, 1, 0);
    first_of(&model, counts);
    ok(about(counts[0], .7) && about(counts[1], .2) && about(counts[2], .1),
       "70, 20 and 10 of a hundred: %d %d %d", counts[0], counts[1], counts[2]);
    is_number(counts[3], 0, "weight 0 is never first");
    model = weighed(0, 0, 0, 0);
    first_of(&model, counts);
    is_number(counts[0], TURNS, "where all are spare, the first is the first");
}

static void the_rest_follows(void)
{
    struct model model = weighed(3, 0, 2, 0);
    int wrong = 0;
    for (int i = 0; i < 1000; i++) {
        struct attempts a;
        attempts_plan(&a, arena, &model, turn_id_new());
        size_t sum = leg_at(&a, 0) + leg_at(&a, 1);
        wrong += a.leg_count != 4 || sum != 2 || leg_at(&a, 2) != 1 || leg_at(&a, 3) != 3;
    }
    is_number(wrong, 0, "each is there once; the spare ones last, as they are listed");
    arena_reset(arena);
}

static void a_turn_draws_the_same(void)
{
    struct model model = weighed(5, 5, 5, 5);
    int differ = 0;
    for (int i = 0; i < 100; i++) {
        struct attempts a, b;
        struct turn_id turn = turn_id_new();
        attempts_plan(&a, arena, &model, turn);
        attempts_plan(&b, arena, &model, turn);
        for (size_t l = 0; l < 4; l++)
            differ += leg_at(&a, l) != leg_at(&b, l);
    }
    is_number(differ, 0, "the same turn, the same order");
    arena_reset(arena);
}

static void fallbacks_come_behind(void)
{
    static const struct model_route own[1], two[2];
    struct model last = { .name = "last", .routes = own, .route_count = 1 };
    struct model middle = { .name = "middle", .routes = two, .route_count = 2, .fallback = &last };
    struct model first = weighed(1, 1, 0, 0);
    struct attempts a;
    first.fallback = &middle;
    attempts_plan(&a, arena, &first, turn_id_new());
    ok(a.leg_count == 7 && a.legs[0].model == &first && a.legs[3].model == &first &&
           a.legs[4].model == &middle && a.legs[5].model == &middle && a.legs[6].model == &last,
       "all of a model's routes, then its fallback's, and so on");
    ok(!a.at && !a.count, "and nobody is asked yet");
}

int main(void)
{
    arena = arena_new(64 << 20);
    weights_are_shares();
    the_rest_follows();
    a_turn_draws_the_same();
    fallbacks_come_behind();
    arena_free(&arena);
    return done();
}
