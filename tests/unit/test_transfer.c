/* Transfers keep their promises against a real HTTP server on the loopback interface. */
#include "receiver.h"

static void test_answers(void)
{
    struct seen s = run(tiny_url("127.0.0.1", "/hello"), NULL);
    is_number(s.how, TRANSFER_COMPLETE, "a whole answer is complete");
    ok(s.heads == 1 && s.ends == 1 && s.status == 200, "head once, end once");
    is_text(s.body, "hello", "the body arrives");
    is_text(s.content_type, "text/plain", "content type in lower case, without parameters");
    int before = tiny.connections;
    s = run(tiny_url("127.0.0.1", "/chunks"), NULL);
    ok(s.how == TRANSFER_COMPLETE && !strcmp(s.body, "hello"), "chunked bodies are joined");
    is_number(tiny.connections, before, "the second request goes over the first one's connection");
    s = run(tiny_url("127.0.0.1", "/busy"), NULL);
    ok(s.status == 429 && s.heads == 1, "a 103 before the head is no head");
    ok(s.retry_after_ms == 1500 && s.should_retry_false, "retry-after-ms beats Retry-After");
    s = run(tiny_url("127.0.0.1", "/redirect"), NULL);
    int requests = tiny.requests;
    turn_ms(30);
    ok(s.status == 302 && s.how == TRANSFER_COMPLETE && tiny.requests == requests,
       "a redirect is an answer, and is not followed");
}

static void test_broken(void)
{
    struct seen s = run(tiny_url("127.0.0.1", "/cut"), NULL);
    ok(s.how == TRANSFER_CUT && s.bytes == 10 && s.ends == 1, "a short body is cut, not complete");
    is_number(run(tiny_url("127.0.0.1", "/chunks-cut"), NULL).how, TRANSFER_CUT,
              "chunks without the last one are cut");
    is_number(run(tiny_url("127.0.0.1", "/nothing"), NULL).how, TRANSFER_CUT,
              "a connection closed without an answer is cut");
    struct http_request quick = { .method = "GET", .total_ms = 60 };
    s = run(tiny_url("127.0.0.1", "/silent"), &quick);
    ok(s.how == TRANSFER_TIMEOUT && s.heads == 0 && s.ends == 1, "silence ends by total_ms");
    char url[64];
    int port = tiny.port;
    snprintf(url, sizeof url, "https://127.0.0.1:%d/hello", port);
    is_number(run(url, NULL).how, TRANSFER_NO_CONNECTION, "no TLS there is no connection");
    struct http_request slow = { .method = "GET", .connect_ms = 1000 };
    is_number(run("https://no-such-host.invalid/", &slow).how, TRANSFER_NO_CONNECTION,
              "an unknown name is no connection");
}

static void test_back_pressure(void)
{
    struct seen s = { .pause_at_once = true }, other;
    struct error err;
    begin(&s, tiny_url("127.0.0.1", "/big"), NULL, &err);
    for (int i = 0; i < 200 && !s.bytes; i++)
        turn_ms(5);
    turn_ms(100);
    size_t taken = s.bytes;
    long sent = tiny.big_sent;
    turn_ms(100);
    ok(s.takes == 1 && s.bytes == taken, "a paused transfer gives nothing");
    ok(tiny.big_sent == sent && sent < TINY_BIG_BYTES, "and its server has to wait");
    other = run(tiny_url("127.0.0.1", "/hello"), NULL);
    is_number(other.how, TRANSFER_COMPLETE, "while others go on");
    transfer_pause(s.transfer, false);
    is_number(s.bytes, (long long)taken, "nothing is given from within transfer_pause");
    turn_ms(20);
    is_number(s.takes, 2, "it goes on for one more piece, and pauses again");
    s.pause_at_once = false;
    transfer_pause(s.transfer, false);
    finish(&s);
    ok(s.how == TRANSFER_COMPLETE && s.bytes == TINY_BIG_BYTES && s.ends == 1, "then all arrives");

    s = (struct seen){ .pause_at_once = true };
    begin(&s, tiny_url("127.0.0.1", "/big"), NULL, &err);
    turn_ms(50);
    s.stop = true;
    transfer_pause(s.transfer, false);
    finish(&s);
    ok(s.how == TRANSFER_STOPPED && s.ends == 1, "what was held back can still be refused");
    s = (struct seen){ .pause_at_once = true };
    begin(&s, tiny_url("127.0.0.1", "/big"), NULL, &err);
    turn_ms(50);
    transfer_pause(s.transfer, false);
    transfer_cancel(&s.transfer);
    turn_ms(50);
    ok(s.ends == 0 && pool_transfers(pool) == 0, "and one about to go on can be cancelled");
}

static void test_leaving(void)
{
    struct seen s = { .stop = true };
    struct error err;
    begin(&s, tiny_url("127.0.0.1", "/big"), NULL, &err);
    finish(&s);
    ok(s.how == TRANSFER_STOPPED && s.takes == 1 && s.ends == 1, "take's refusal stops a transfer");
    s = (struct seen){ 0 };
    begin(&s, tiny_url("127.0.0.1", "/stall"), NULL, &err);
    while (!s.bytes)
        turn_ms(5);
    is_number(pool_transfers(pool), 1, "one is under way");
    int open = tiny.open;
    transfer_cancel(&s.transfer);
    ok(!s.transfer && pool_transfers(pool) == 0, "until it is cancelled");
    turn_ms(100);
    ok(s.ends == 0, "after which its receiver hears nothing");
    ok(tiny.open < open, "and the server sees the connection closed");
    transfer_cancel(&s.transfer);
    begin(&s, tiny_url("127.0.0.1", "/hello"), NULL, &err);
    transfer_cancel(&s.transfer);
    turn_ms(20);
    ok(s.ends == 0, "cancelled before its first step: the same");
}

static void test_many(void)
{
    static struct seen many[40];
    struct error err;
    int ended = 0;
    memset(many, 0, sizeof many);
    for (int i = 0; i < 40; i++)
        begin(&many[i], i % 2 ? tiny_url("127.0.0.1", "/hello") : tiny_url("127.0.0.1", "/cut"),
              NULL, &err);
    for (int i = 0; i < 40; i++)
        finish(&many[i]);
    for (int i = 0; i < 40; i++)
        ended += many[i].ends == 1 && many[i].how == (i % 2 ? TRANSFER_COMPLETE : TRANSFER_CUT);
    is_number(ended, 40, "forty at once each end once, as they should");
}

/* A relay waits in loop_run and ticks once after it. */
static void test_prompt(void)
{
    struct seen s[2] = { { 0 } };
    struct error err;
    int64_t start_ms = clock_steady_ms();
    for (int i = 0; i < 2; i++) {
        begin(&s[i], tiny_url(i ? "localhost" : "127.0.0.1", "/hello"), NULL, &err);
        for (int rounds = 0; rounds < 50 && !s[i].ends; rounds++) {
            loop_run(loop, 1000);
            pool_tick(pool);
        }
        is_number(s[i].how, TRANSFER_COMPLETE, "a request ends");
    }
    ok(clock_steady_ms() - start_ms < 900, "without waiting for anybody's time-out");
}

int main(void)
{
    receiver_start();
    test_answers();
    test_broken();
    test_back_pressure();
    test_leaving();
    test_many();
    test_prompt();
    receiver_end();
    return done();
}
