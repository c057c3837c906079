/* Tokens and money. Pure functions; money is integer micro-units of the tenant's currency, prices are
 * micro-units per million tokens, and every cost is rounded up. */
#ifndef INSULA_USAGE_PRICE_H
#define INSULA_USAGE_PRICE_H

#include "gateway/provider.h"
#include "tenancy/tenant.h"

/* How a turn's tokens are known. */
enum usage_source {
    USAGE_PROVIDER,  /* the provider said so */
    USAGE_COUNTED,   /* from the text that passed through: bytes / 4, rounded up */
    USAGE_ESTIMATED, /* nothing is known but the hold: the prompt's share of it is charged */
};
const char *usage_source_text(enum usage_source source);

struct prices {
    int64_t in, cached, out;
};
struct prices prices_of(const struct model *model);
/* Each price the highest of the model and its fallbacks: whoever answers costs no more. */
struct prices prices_most(const struct model *model);

/* The most a turn can cost: prompt_tokens is an upper bound (a token is at least one byte). */
int64_t price_bound(struct prices prices, int64_t prompt_tokens, int64_t max_tokens);
/* What it did cost. cached tokens are part of tokens_in. */
int64_t price_of(struct prices prices, const struct usage *usage);
/* How many completion tokens fit into what is left beside the prompt; -1: not even the prompt does. */
int64_t price_affordable(struct prices prices, int64_t prompt_tokens, int64_t left);

/* Counting without a tokenizer. */
int64_t tokens_counted(int64_t bytes);

#endif
