/* What a request says, and whom it may be said to. */
#include "receiver.h"

static void test_requests(void)
{
    struct header headers[] = { { "Authorization", STR("Bearer key") },
                                { "Content-Type", STR("application/json") } };
    struct http_request post = {
        .method = "POST", .headers = headers, .header_count = 2, .body = STR("{\"a\":1}")
    };
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    struct seen s = run(tiny_url("127.0.0.1", "/echo"), &post);
    ok(!strncmp(s.body, "POST /echo HTTP/1.1\r\n", 21), "method, path and HTTP/1.1; no proxy");
    ok(strstr(s.body, "\r\nAuthorization: Bearer key\r\n") != NULL, "headers are sent");
    ok(strstr(s.body, "\r\nContent-Type: application/json\r\n") != NULL, "content type is ours");
    ok(strstr(s.body, "\r\nAccept-Encoding: identity\r\n") != NULL, "no compression is asked for");
    ok(!strcasestr(s.body, "\r\nexpect:") && !strcasestr(s.body, "\r\ncookie:"),
       "no Expect, no Cookie");
    ok(strstr(s.body, "\r\n\r\n{\"a\":1}") != NULL, "the body is sent");
}

static void test_refused(void)
{
    struct header headers[] = { { "Authorization", { 0 } } };
    struct http_request post = { .method = "POST", .headers = headers, .header_count = 1 };
    static char long_value[4097];
    memset(long_value, 'a', sizeof long_value);
    struct str bad[] = { STR("a\r\nX-Evil: 1"),
                         STR("a\nb"),
                         STR("a\0b"),
                         STR("\xc3\xa4"),
                         STR("\t"),
                         { 0 },
                         { long_value, sizeof long_value } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct seen refused = { 0 };
        struct error err = { 0 };
        headers[0].value = bad[i];
        ok(begin(&refused, tiny_url("127.0.0.1", "/echo"), &post, &err) == -1 &&
               err.kind == ERROR_UPSTREAM && *err.log && err.retry_useless &&
               pool_transfers(pool) == 0,
           "bad header value %zu is refused", i);
    }
    static char long_url[2100] = "https://127.0.0.1/";
    memset(long_url + 18, 'x', 2031);
    const char *urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/",
                           "http://127.0.0.1/\r\nX: 1", long_url };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct seen refused = { 0 };
        struct error err = { 0 };
        ok(begin(&refused, urls[i], NULL, &err) == -1 && err.kind == ERROR_UPSTREAM && *err.log,
           "bad URL %zu is refused", i);
    }
}

static void test_addresses(void)
{
    const char *spelled[] = { "localhost",       "a.localhost",   "[::1]",   "[::ffff:127.0.0.1]",
                              "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "[::]",
                              "127.0.0.2" };
    char list[64], url[64];
    int dead = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    bind(dead, (struct sockaddr *)&at, sizeof at);
    getsockname(dead, (struct sockaddr *)&at, &len);
    snprintf(list, sizeof list, "127.0.0.1:%d 127.0.0.1:%d", tiny.port, ntohs(at.sin_port));
    rules_are(list);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    is_number(run(url, NULL).how, TRANSFER_NO_CONNECTION, "nobody listening is no connection");
    close(dead);

    is_number(run(tiny_url("127.0.0.1", "/hello"), NULL).how, TRANSFER_COMPLETE, "listed: allowed");
    int before = tiny.connections;
    rules_are("127.0.0.1:1");
    struct seen s = run(tiny_url("127.0.0.1", "/hello"), NULL);
    ok(s.how == TRANSFER_FORBIDDEN && s.heads == 0, "a kept connection is judged anew");
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++)
        is_number(run(tiny_url(spelled[i], "/hello"), NULL).how, TRANSFER_FORBIDDEN,
                  "%s is not reached", spelled[i]);
    is_number(run("http://192.0.2.1:443/", NULL).how, TRANSFER_FORBIDDEN, "nor is a private range");
    is_number(run("http://1.1.1.1:443/", NULL).how, TRANSFER_FORBIDDEN,
              "nor a public server without TLS");
    is_number(tiny.connections, before, "nothing was connected to find that out");
    snprintf(list, sizeof list, "127.0.0.1:%d", tiny.port);
    rules_are(list);
}

int main(void)
{
    receiver_start();
    test_requests();
    test_refused();
    test_addresses();
    receiver_end();
    return done();
}
