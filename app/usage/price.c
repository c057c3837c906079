/* What a turn may and did cost, for admission and settlement. */
#include "usage/price.h"

#define PER_MILLION 1000000

/* Saturates instead of overflowing: a hold too large to represent is refused by any budget. */
static int64_t cost_of(int64_t tokens, int64_t price)
{
    int64_t product, sum;
    if (__builtin_mul_overflow(tokens, price, &product) ||
        __builtin_add_overflow(product, PER_MILLION - 1, &sum))
        return INT64_MAX / 4;
    return sum / PER_MILLION;
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

int64_t price_bound(struct prices prices, int64_t prompt_tokens, int64_t max_tokens)
{
    int64_t in = prices.in > prices.cached ? prices.in : prices.cached;
    return cost_of(prompt_tokens, in) + cost_of(max_tokens, prices.out);
}

int64_t price_of(struct prices prices, const struct usage *usage)
{
    int64_t cached =
        usage->tokens_cached < usage->tokens_in ? usage->tokens_cached : usage->tokens_in;
    return cost_of(usage->tokens_in - cached, prices.in) + cost_of(cached, prices.cached) +
           cost_of(usage->tokens_out, prices.out);
}

int64_t price_affordable(struct prices prices, int64_t prompt_tokens, int64_t left)
{
    int64_t rest = left - price_bound(prices, prompt_tokens, 0);
    if (rest < 0)
        return 0;
    if (prices.out == 0)
        return INT32_MAX;
    int64_t tokens;
    if (__builtin_mul_overflow(rest, PER_MILLION, &tokens))
        return INT32_MAX;
    tokens /= prices.out;
    return tokens < INT32_MAX ? tokens : INT32_MAX;
}

int64_t tokens_counted(int64_t bytes)
{
    return (bytes + 3) / 4;
}
