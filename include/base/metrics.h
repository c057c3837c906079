/* Counters that all workers of one machine share: a small mapped file in worker.run_dir.
 *
 * Each worker takes a slot by an open-file-description lock on its bytes, so a slot comes free with
 * its worker however that died. Counters of a slot go on from where the last owner left them (the
 * sum over slots never falls); gauges start at zero and count only while the slot is locked. */
#ifndef INSULA_BASE_METRICS_H
#define INSULA_BASE_METRICS_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

/* symbol, Prometheus name, kind, help. New ones go at the end: workers of the build before count in
 * the same file while they drain. */
#define METRICS(X)                                                                                 \
    X(METRIC_REQUESTS, "insula_requests_total", "counter", "Requests answered")                    \
    X(METRIC_REQUESTS_4XX, "insula_requests_4xx_total", "counter", "Answers with a 4xx status")    \
    X(METRIC_REQUESTS_5XX, "insula_requests_5xx_total", "counter", "Answers with a 5xx status")    \
    X(METRIC_TURNS_ADMITTED, "insula_turns_admitted_total", "counter", "Chat turns admitted")      \
    X(METRIC_TURNS_SETTLED, "insula_turns_settled_total", "counter", "Chat turns settled")         \
    X(METRIC_TURNS_RECOVERED, "insula_turns_recovered_total", "counter",                           \
      "Turns of a crashed worker settled by another")                                              \
    X(METRIC_TURNS_FAILED, "insula_turns_failed_total", "counter", "Turns whose upstream failed")  \
    X(METRIC_TOKENS_IN, "insula_prompt_tokens_total", "counter", "Prompt tokens charged")          \
    X(METRIC_TOKENS_OUT, "insula_completion_tokens_total", "counter", "Completion tokens charged") \
    X(METRIC_CLIENT_GONE, "insula_clients_gone_total", "counter", "Clients that left mid-stream")  \
    X(METRIC_COMMITS, "insula_ledger_commits_total", "counter", "Ledger transactions")             \
    X(METRIC_DB_LOST, "insula_database_lost_total", "counter", "Database connections lost")        \
    X(METRIC_STREAMS, "insula_live_streams", "gauge", "Live streams now")                          \
    X(METRIC_FOLLOWERS, "insula_followed_streams", "gauge", "Resumed streams now")                 \
    X(METRIC_WORKERS_LOST, "insula_workers_lost_total", "counter",                                 \
      "Workers that ended without saying so")                                                      \
    X(METRIC_ATTEMPTS, "insula_attempts_total", "counter", "Requests made of providers for turns") \
    X(METRIC_BREAKERS_OPENED, "insula_breakers_opened_total", "counter",                           \
      "How often a provider's breaker opened")

#define METRIC_SYMBOL(symbol, name, kind, help) symbol,
enum metric { METRICS(METRIC_SYMBOL) METRIC__MAX };
#undef METRIC_SYMBOL

/* Before metrics_open all counting goes to memory of this process alone. */
/* Takes a slot of run_dir/metrics (64 of them); once in a process, after it has forked and before
 * it has threads. Whoever left a slot without metrics_close (killed, crashed, out of memory) is
 * counted and named in the log, once. ERROR_UNAVAILABLE: no file, or no free slot. */
int metrics_open(const char *run_dir, struct error *err);
/* This worker ends as it should. */
void metrics_close(void);
void metrics_add(enum metric metric, int64_t n);      /* atomic; gauges take negative n too */
void metrics_write(struct text *out);                 /* Prometheus text, summed over all slots */
/* The pids of live workers, at most max; returns how many. */
int metrics_workers(int *pids, int max);

#endif
