/* Tokens as a provider told them, and as OpenAI's clients read them. */
#ifndef INSULA_GATEWAY_TOLD_USAGE_H
#define INSULA_GATEWAY_TOLD_USAGE_H

#include "gateway/provider.h"
#include "json/write.h"

/* -1: not told. */
struct told_usage {
    int64_t in, out;                  /* both known, or there is no usage at all */
    int64_t cached, cache_written;    /* of in */
    int64_t reasoning;                /* of out */
};

#define TOLD_NOTHING ((struct told_usage){ -1, -1, -1, -1, -1 })

/* A member's count of tokens: -1 when it is absent or no sensible number. */
int64_t told_tokens(const struct json *object, const char *member);
struct usage told_usage_of(const struct told_usage *told);
/* One object, OpenAI's "usage". */
void told_usage_write(struct json_writer *w, const struct told_usage *told);

#endif
