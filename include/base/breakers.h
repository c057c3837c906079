/* What all workers of one machine know together of each provider: a small mapped file in worker.run_dir.
 *
 * A breaker is closed while its provider answers. It opens when, within half a minute, so many requests failed
 * (no connection, 5xx, a timeout) and at least half of all did; then the provider is left alone. After a while one
 * request is let through, by whichever worker comes first: it closes the breaker, or opens it again. A worker that
 * dies with it holds nobody up: after the same while another may try.
 *
 * Beside it: since when a provider has refused the tenant's credential. Lock-free; before breakers_open all
 * breakers are closed. */
#ifndef INSULA_BASE_BREAKERS_H
#define INSULA_BASE_BREAKERS_H

#include "base/error.h"
#include "base/ids.h"

struct breaker_rules {
    int failures; /* that open it; 0: it never opens */
    int open_ms;  /* how long it stays open */
};

/* Maps run_dir/breakers, once in a process; make: it is made where it is missing. ERROR_UNAVAILABLE. */
int breakers_open(const char *run_dir, bool make, struct error *err);

/* May the provider be asked? 0: yes, perhaps as the one that tries; else ms until somebody may. Times are the steady
 * clock's. */
int breaker_wait_ms(struct provider_id provider, const struct breaker_rules *rules, int64_t now_ms);
enum breaker_news {
    BREAKER_FAILED,   /* it is out of order */
    BREAKER_REACHED,  /* it said no, but it works */
    BREAKER_ANSWERED, /* it has answered, so it takes the credential too */
};
void breaker_tell(struct provider_id provider, const struct breaker_rules *rules, int64_t now_ms,
                  enum breaker_news news);
/* The provider refused the credential. True: somebody should be told, which is at most once in ten minutes. */
bool breaker_refused(struct provider_id provider, int64_t now_unix_ms);
/* Its credential or address is another now: nothing is known. */
void breaker_forget(struct provider_id provider);

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
struct breaker {
    enum breaker_state state;
    int64_t refused_unix_ms; /* since when; 0: it is not */
};
/* False: nothing is known of it. */
bool breaker_find(struct provider_id provider, struct breaker *out);
/* Prometheus text: those that are not closed or are refused, at most 100 of each. */
void breakers_write(struct text *out);

#endif
