/* What a turn may and did cost, for admission and settlement. */
#include "usage/price.h"

#define PER_MILLION 1000000
#define TOO_MUCH                                                                                   \
    (INT64_MAX / 4) /* saturates: a hold too large to represent is refused by any budget */

/* Products of tokens and prices: they need more than 64 bits long before the cost does. */
typedef __int128 wide;

static int64_t rounded_up(wide micro_units_times_million)
{
    wide cost = (micro_units_times_million + PER_MILLION - 1) / PER_MILLION;
    return cost < TOO_MUCH ? (int64_t)cost : TOO_MUCH;
}

const char *usage_source_text(enum usage_source source)
{
    static const char *const texts[] = { "provider", "counted", "estimated" };
    return texts[source];
}

struct prices prices_of(const struct model *model)
{
    return (struct prices){ model->price_in, model->price_cached, model->price_out };
}

static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct prices prices_most(const struct model *model)
{
    struct prices most = { 0 };
    for (; model; model = model->fallback)
        most = (struct prices){ higher(most.in, model->price_in),
                                higher(most.cached, model->price_cached),
                                higher(most.out, model->price_out) };
    return most;
}

int64_t price_bound(struct prices prices, int64_t prompt_tokens, int64_t max_tokens)
{
    int64_t in = higher(prices.in, prices.cached);
    return rounded_up((wide)prompt_tokens * in) + rounded_up((wide)max_tokens * prices.out);
}

/* The prompt's two parts are rounded together, so that they never come to more than was bound. */
int64_t price_of(struct prices prices, const struct usage *usage)
{
    int64_t cached =
        usage->tokens_cached < usage->tokens_in ? usage->tokens_cached : usage->tokens_in;
    return rounded_up((wide)(usage->tokens_in - cached) * prices.in +
                      (wide)cached * prices.cached) +
           rounded_up((wide)usage->tokens_out * prices.out);
}

int64_t price_affordable(struct prices prices, int64_t prompt_tokens, int64_t left)
{
    int64_t rest = left - price_bound(prices, prompt_tokens, 0);
    if (rest < 0)
        return -1;
    wide tokens = prices.out ? (wide)rest * PER_MILLION / prices.out : INT32_MAX;
    return tokens < INT32_MAX ? (int64_t)tokens : INT32_MAX;
}

int64_t tokens_counted(int64_t bytes)
{
    return (bytes + 3) / 4;
}
