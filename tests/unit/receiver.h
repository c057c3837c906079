/* A loop, a pool and a receiver that remembers what it saw: for the tests of transfers. */
#ifndef INSULA_TESTS_RECEIVER_H
#define INSULA_TESTS_RECEIVER_H

#include "tap.h"

#include "base/clock.h"
#include "net/transfer.h"
#include "tiny_server.h"

static struct arena *arena;
static struct loop *loop;
static struct pool *pool;

/* What a receiver saw. */
struct seen {
    struct transfer *transfer;
    int heads, takes, ends, status, retry_after_ms;
    bool should_retry_false, stop, pause_at_once;
    char content_type[64], body[4096];
    size_t bytes;
    enum transfer_end how;
};

static void on_head(void *self, const struct http_head *head)
{
    struct seen *seen = self;
    seen->heads++;
    seen->status = head->status;
    seen->retry_after_ms = head->retry_after_ms;
    seen->should_retry_false = head->should_retry_false;
    snprintf(seen->content_type, sizeof seen->content_type, "%s", head->content_type);
}

static int on_take(void *self, struct str bytes)
{
    struct seen *seen = self;
    size_t room = sizeof seen->body - 1;
    seen->takes++;
    if (seen->bytes < room) {
        size_t n = bytes.len < room - seen->bytes ? bytes.len : room - seen->bytes;
        memcpy(seen->body + seen->bytes, bytes.at, n);
    }
    seen->bytes += bytes.len;
    if (seen->pause_at_once)
        transfer_pause(seen->transfer, true);
    return seen->stop ? -1 : 0;
}

static void on_end(void *self, enum transfer_end how, const char *detail)
{
    struct seen *seen = self;
    seen->ends++;
    seen->how = how;
    seen->transfer = NULL;
    if (!detail || strstr(detail, "127.0.0.1"))
        seen->ends = 99;
}

static const struct transfer_sink sink = { on_head, on_take, on_end };

static void turn_ms(int ms)
{
    int64_t until_ms = clock_steady_ms() + ms;
    int wait_ms = 0;
    while (clock_steady_ms() < until_ms) {
        loop_run(loop, wait_ms < 10 ? wait_ms : 10);
        wait_ms = pool_tick(pool);
    }
}

static void finish(struct seen *seen)
{
    for (int i = 0; i < 1000 && !seen->ends; i++)
        turn_ms(5);
}

static int begin(struct seen *seen, const char *url, const struct http_request *like,
                 struct error *err)
{
    static struct http_request requests[64];
    static int next;
    struct http_request *request = &requests[next++ % 64];
    *request = like ? *like : (struct http_request){ .method = "GET" };
    request->url = url;
    return transfer_start(pool, request, &sink, seen, &seen->transfer, err);
}

static struct seen run(const char *url, const struct http_request *like)
{
    static struct seen all[32];
    static int next;
    struct seen *seen = &all[next++ % 32];
    struct error err;
    *seen = (struct seen){ 0 };
    if (begin(seen, url, like, &err) == 0)
        finish(seen);
    return *seen;
}

static void rules_are(const char *list)
{
    struct address_rules *rules;
    struct error err;
    ok(address_rules_read(arena, list, &rules, &err) == 0 && net_init(rules, NULL, &err) == 0,
       "rules: '%s'", list);
}

static void receiver_start(void)
{
    struct error err;
    char list[64];
    arena = arena_new(1 << 20);
    tiny_start();
    snprintf(list, sizeof list, "127.0.0.1:%d", tiny.port);
    rules_are(list);
    ok(loop_new(&loop, &err) == 0 && pool_new(loop, &pool, &err) == 0, "a loop and a pool");
}

static void receiver_end(void)
{
    is_number(pool_transfers(pool), 0, "nothing is left under way");
    pool_free(&pool);
    loop_free(&loop);
    tiny_end();
    arena_free(&arena);
}

#endif
