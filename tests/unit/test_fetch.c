/* Small documents are fetched whole or not at all, and from allowed addresses only. */
#include "tap.h"

#include "net/transfer.h"
#include "tiny_server.h"

static struct arena *arena;

struct result {
    int status;
    struct http_head head;
    struct str body;
    struct error err;
};

static struct result fetch(const char *path, size_t max_bytes, int total_ms)
{
    struct result r = { 0 };
    struct http_request request = { .method = "GET",
                                    .url = tiny_url("127.0.0.1", path),
                                    .total_ms = total_ms };
    r.status = fetch_document(arena, &request, max_bytes, &r.head, &r.body, &r.err);
    return r;
}

static void rules_are(const char *list)
{
    struct address_rules *rules;
    struct error err;
    ok(address_rules_read(arena, list, &rules, &err) == 0 && net_init(rules, NULL, &err) == 0,
       "rules: '%s'", list);
}

static void test_whole(void)
{
    struct result r = fetch("/hello", 5, 0);
    ok(r.status == 0 && r.head.status == 200 && str_is(r.body, "hello"), "a document is fetched");
    is_text(r.head.content_type, "text/plain", "with its type");
    r = fetch("/busy", 100, 0);
    ok(r.status == 0 && r.head.status == 429 && str_is(r.body, "{}"), "any status is an answer");
    int before = tiny.requests;
    r = fetch("/redirect", 100, 0);
    ok(r.status == 0 && r.head.status == 302 && r.body.at && !r.body.len, "so is a redirect");
    is_number(tiny.requests, before + 1, "which is not followed");
    struct http_request post = { .method = "POST",
                                 .url = tiny_url("127.0.0.1", "/echo"),
                                 .body = STR("a=1") };
    ok(fetch_document(arena, &post, 4096, &r.head, &r.body, &r.err) == 0 &&
           memmem(r.body.at, r.body.len, "\r\n\r\na=1", 7),
       "a body can be posted");
}

static void test_broken(void)
{
    struct result r = fetch("/hello", 4, 0);
    ok(r.status == -1 && r.err.kind == ERROR_TOO_LARGE && !r.body.at, "one byte too many: refused");
    r = fetch("/big", 100000, 0);
    is_number(r.err.kind, ERROR_TOO_LARGE, "a large one is not read to its end");
    r = fetch("/cut", 4096, 0);
    ok(r.status == -1 && r.err.kind == ERROR_UPSTREAM && !r.body.at, "half a document is none");
    r = fetch("/silent", 4096, 60);
    is_number(r.err.kind, ERROR_UPSTREAM_TIMEOUT, "a silent server is given up");
    r = fetch("/stall", 4096, 60);
    is_number(r.err.kind, ERROR_UPSTREAM_TIMEOUT, "so is one that stops halfway");
    struct arena *big = arena;
    arena = arena_new(64);
    r = fetch("/echo", 4096, 0);
    is_number(r.err.kind, ERROR_TOO_LARGE, "the arena's maximum counts, too");
    arena_free(&arena);
    arena = big;
    rules_are("127.0.0.1:1");
    r = fetch("/hello", 4096, 0);
    ok(r.status == -1 && r.err.kind == ERROR_UPSTREAM, "an address that is not listed is refused");
    ok(!strstr(r.err.message, "127") && !strstr(r.err.log, "127"), "and not named");
}

int main(void)
{
    char list[64];
    arena = arena_new(1 << 20);
    tiny_start();
    snprintf(list, sizeof list, "127.0.0.1:%d", tiny.port);
    rules_are(list);
    test_whole();
    test_broken();
    tiny_end();
    arena_free(&arena);
    return done();
}
