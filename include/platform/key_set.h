/* Key sets of identity providers, kept in the database so that all workers of all machines share one
 * document, one fetcher and one cool-down (security.md J9). */
#ifndef INSULA_PLATFORM_KEY_SET_H
#define INSULA_PLATFORM_KEY_SET_H

#include "platform/platform.h"

struct key_set_row {
    struct str document;       /* absent: never fetched */
    int64_t fetched_ms, attempted_ms;
};
int key_set_read(struct platform p, struct idp_id idp, struct arena *arena,
                 struct key_set_row *out, struct error *err); /* a missing row is all zero */

/* Claims the right to fetch: *claimed_out is true for at most one caller per cool-down, counted from
 * the attempt, over all workers. */
int key_set_claim(struct platform p, struct idp_id idp, int64_t now_unix_ms, int64_t cooldown_ms,
                  bool *claimed_out, struct error *err);
int key_set_store(struct platform p, struct idp_id idp, int64_t now_unix_ms, struct str document,
                  struct error *err);

#endif
