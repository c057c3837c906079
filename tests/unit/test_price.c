/* Money: rounded up, saturated instead of overflown, and what is affordable is what is bound. */
#include "usage/price.h"
#include "tap.h"

#include <stdlib.h>

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift: the same numbers on every machine. */
static int64_t random_below(int64_t most)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int64_t)(state % (uint64_t)most);
}

static int64_t cost(struct prices prices, int64_t in, int64_t cached, int64_t out)
{
    struct usage usage = { true, in, cached, out, 0, false };
    return price_of(prices, &usage);
}

static void costs_are_rounded_up(void)
{
    struct prices prices = { 150000, 75000, 600000 }; /* 0.15, 0.075 and 0.60 a million */
    is_number(cost(prices, 0, 0, 0), 0, "nothing costs nothing");
    is_number(cost(prices, 1, 0, 0), 1, "a fraction of a micro-unit is a whole one");
    is_number(cost(prices, 1000000, 0, 1000000), 750000, "a million of each costs both prices");
    is_number(cost(prices, 7, 0, 0), 2, "1.05 is 2");
    is_number(cost(prices, 20, 0, 5), 6, "whole numbers are not rounded");
    is_number(cost((struct prices){ 0 }, 1 << 30, 0, 1 << 30), 0, "a free model is free");
}

static void cached_tokens_are_part_of_the_prompt(void)
{
    struct prices prices = { 2000000, 1000000, 0 };
    is_number(cost(prices, 100, 0, 0), 200, "none cached");
    is_number(cost(prices, 100, 40, 0), 160, "cached ones cost their own price instead");
    is_number(cost(prices, 100, 100, 0), 100, "all cached");
    is_number(cost(prices, 100, 500, 0), 100, "more cached than there are counts as all");
    struct model model = { .price_in = 1, .price_cached = 2, .price_out = 3 };
    struct prices of = prices_of(&model);
    ok(of.in == 1 && of.cached == 2 && of.out == 3, "a model's prices each in their place");
}

static void bounds_hold(void)
{
    struct prices prices = { 100, 900, 50 };
    is_number(price_bound(prices, 1000000, 0), 900, "the bound takes the dearer of the two");
    int broken = 0;
    for (int i = 0; i < 20000; i++) {
        struct prices p = { random_below(100000000), random_below(100000000),
                            random_below(100000000) };
        int64_t in = random_below(2000000), out = random_below(200000);
        broken += cost(p, random_below(in + 1), random_below(in + 1), random_below(out + 1)) >
                  price_bound(p, in, out);
    }
    is_number(broken, 0, "no usage within the bound's tokens costs more than the bound");
}

static void huge_numbers_saturate(void)
{
    struct prices dear = { INT64_MAX, INT64_MAX, INT64_MAX };
    int64_t bound = price_bound(dear, INT64_MAX, INT64_MAX);
    ok(bound > INT64_MAX / 4, "a bound beyond 64 bits is larger than any budget");
    ok(bound > 0 && bound + INT64_MAX / 4 > 0, "and leaves room for being added to one");
    ok(cost(dear, INT64_MAX, INT64_MAX / 2, INT64_MAX) > 0, "so does a cost");
    is_number(price_affordable(dear, INT64_MAX, INT64_MAX / 8), -1,
              "and nothing of it is affordable");
    struct prices one_each = { 1000000000000, 1000000000000,
                               1000000000000 }; /* the dearest allowed */
    is_number(cost(one_each, 1000000000, 7, 1000000000), 2000000000000000,
              "what fits into 64 bits is exact, though its product did not");
    is_number(price_affordable(one_each, 0, 10000000000000), 10000000,
              "and so is what is affordable");
}

static void affordable_is_the_inverse_of_bound(void)
{
    int over = 0, under = 0, asked = 0;
    for (int i = 0; i < 100000; i++) {
        int exponent = (int)random_below(9);
        int64_t scale = 1;
        while (exponent--)
            scale *= 10;
        struct prices p = { random_below(scale * 10), random_below(scale * 10),
                            1 + random_below(scale * 10) };
        int64_t in = random_below(200000), left = random_below(scale * 1000);
        int64_t fits = price_affordable(p, in, left);
        if (fits > 0)
            over += price_bound(p, in, fits) > left;
        if (fits < INT32_MAX)
            under += price_bound(p, in, fits + 1) <= left;
        asked += fits > 0;
    }
    ok(asked > 10000, "enough of the random cases afford something (%d)", asked);
    is_number(over, 0, "what is said to fit, fits");
    is_number(under, 0, "one token more does not");
}

static void the_edges_of_affordable(void)
{
    struct prices p = { 1000000, 0, 1000000 }; /* one micro-unit a token */
    is_number(price_affordable(p, 10, 9), -1, "not even the prompt");
    is_number(price_affordable(p, 10, 10), 0, "the prompt alone");
    is_number(price_affordable(p, 10, 11), 1, "one token");
    is_number(price_affordable(p, 10, -5), -1, "an overdrawn budget affords nothing");
    p.out = 0;
    is_number(price_affordable(p, 10, 11), INT32_MAX, "free answers are bounded only by the model");
    p = (struct prices){ 0, 0, 1 };
    is_number(price_affordable(p, 10, INT64_MAX / 2), INT32_MAX, "nor by a budget without end");
    struct prices nothing = { 0 };
    is_number(price_affordable(nothing, 1000, 0), INT32_MAX,
              "a model that costs nothing needs no budget");
}

static void bytes_are_counted_as_tokens(void)
{
    is_number(tokens_counted(0), 0, "no bytes, no tokens");
    is_number(tokens_counted(1), 1, "one byte is a token");
    is_number(tokens_counted(4), 1, "so are four");
    is_number(tokens_counted(5), 2, "five are two");
    is_text(usage_source_text(USAGE_PROVIDER), "provider", "sources have names");
    is_text(usage_source_text(USAGE_COUNTED), "counted", "each its own");
    is_text(usage_source_text(USAGE_ESTIMATED), "estimated", "all three");
}

int main(void)
{
    costs_are_rounded_up();
    cached_tokens_are_part_of_the_prompt();
    bounds_hold();
    huge_numbers_saturate();
    affordable_is_the_inverse_of_bound();
    the_edges_of_affordable();
    bytes_are_counted_as_tokens();
    return done();
}
