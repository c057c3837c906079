/* One text names one host, to us and to whoever reads it later. */
#include "tap.h"

#include "net/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
    const char *text, *host;
    int port;
} accepted[] = {
    { "https://api.example.com/v1", "api.example.com", 443 },
    { "http://127.0.0.1:9000", "127.0.0.1", 9000 },
    { "https://[::1]:8443/v1//", "::1", 8443 },
    { "https://[2606:4700::1111]", "2606:4700::1111", 443 },
    { "http://localhost/", "localhost", 80 },
    { "https://xn--bcher-kva.example:65535/", "xn--bcher-kva.example", 65535 },
    { "https://my_gpu-1.lan/a%20b/./c@d:e", "my_gpu-1.lan", 443 },
    { "https://1.2.3.4.example", "1.2.3.4.example", 443 },
    { "https://0x7f.gpu", "0x7f.gpu", 443 },
    { "https://4node:8000", "4node", 8000 },
    { "https://A.Example?q=[]:@/", "A.Example", 443 },
};

static void test_good(void)
{
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct url url = { 0 };
        ok(url_read(str_of(accepted[i].text), true, &url) && str_is(url.host, accepted[i].host) &&
               url.port == accepted[i].port && url.plain == (accepted[i].text[4] == ':'),
           "%s", accepted[i].text);
    }
}

static const char *const bad[] = {
    /* no address at all */
    "",
    "api.example",
    "//api.example",
    "https:",
    "https:/a",
    "https://",
    "https:///v1",
    /* schemes */
    "HTTPS://a/",
    "ftp://a/",
    "file:///etc/passwd",
    "gopher://a/",
    "unix:///run/x",
    "ws://a",
    "https+unix://a",
    "javascript://a",
    " https://a",
    /* who asks, and what is behind */
    "https://u@a/",
    "https://u:p@a/",
    "https://a\\@b/",
    "https://a#f",
    "https://a/#f",
    "https://:p@a",
    "https://a@b:443",
    /* ports */
    "https://a:",
    "https://a:0",
    "https://a:00443",
    "https://a:65536",
    "https://a:1b",
    "https://a:+1",
    "https://a:-1",
    "https://a:443:443",
    "https://:443",
    "https://a:99999999999999999999",
    /* IPv4 in other spellings */
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://127.0.0.01",
    "https://127.0.0.0x1",
    "https://127.0.0.1.",
    "https://256.0.0.1",
    "https://1.2.3.4.5",
    "https://0",
    "https://0x",
    "https://a.0X7F",
    /* IPv6 */
    "https://[]",
    "https://[::1",
    "https://::1",
    "https://[::1]x/",
    "https://[::1]]",
    "https://[fe80::1%eth0]",
    "https://[fe80::1%25eth0]",
    "https://[127.0.0.1]",
    "https://[v1.a]",
    "https://[::1]:",
    "https://[[::1]]",
    "https://[a]",
    "https://]",
    "https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    /* names */
    "https://a..b",
    "https://.a",
    "https://a.",
    "https://.",
    "https://-.",
    "https://a b",
    "https://a\tb",
    "https://a\nb",
    "https://a\r\nX-Evil: 1",
    "https://a/\r\nX: 1",
    "https://a/\x7f",
    "https://a%2eb",
    "https://%31.1.1.1",
    "https://a,b",
    "https://a;b",
    "https://a*",
    "https://*",
    "https://a&b",
    "https://a!b",
    "https://a(b)",
    "https://a'b",
    "https://\xc3\xbc.ch/",
    "https://127\343\200\2020\343\200\2020\343\200\2021",
    "https://\357\274\22127.0.0.1",
    "https://a\xe2\x80\x8b.b",
    "https://a<b",
    "https://a|b",
    "https://a/\"x",
    "https://a/{b}",
    "https://a/`b`",
    "https://a/^",
    "https://a/ b",
};

static void test_bad(void)
{
    struct url url;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!url_read(str_of(bad[i]), true, &url), "'%s' is refused", bad[i]);
    ok(!url_read(STR("https://a\0.evil.example"), true, &url), "so is a zero byte");
    ok(!url_read(STR("https://a?q=1"), false, &url) && url_read(STR("https://a?q=1"), true, &url),
       "a query only where it may be");
}

static void test_lengths(void)
{
    char text[400] = "https://";
    struct url url;
    memset(text + 8, 'a', 63);
    ok(url_read(str_of(text), false, &url), "a label of 63 bytes");
    text[8 + 63] = 'a';
    ok(!url_read(str_of(text), false, &url), "not of 64");
    for (size_t i = 0; i < 254; i++)
        text[8 + i] = i % 2 ? '.' : 'a';
    text[8 + 253] = 0;
    ok(url_read(str_of(text), false, &url), "a name of 253 bytes");
    memcpy(text + 8 + 253, "a", 2);
    ok(!url_read(str_of(text), false, &url), "not of 254");
}

static void test_origin(void)
{
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {
        { "https://a.example/v1", "https://A.EXAMPLE:443/v2", true },
        { "https://a.example", "http://a.example:443", false },
        { "https://a.example", "https://a.example:8443", false },
        { "https://a.example", "https://b.example", false },
        { "https://a.example", "https://a.example.evil", false },
        { "http://127.0.0.1:80", "http://127.0.0.1", true },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct url a, b;
        ok(url_read(str_of(pairs[i].a), false, &a) && url_read(str_of(pairs[i].b), false, &b) &&
               url_same_origin(&a, &b) == pairs[i].same,
           "%s and %s are %s server", pairs[i].a, pairs[i].b, pairs[i].same ? "one" : "not one");
    }
}

static void test_browsers_origins(void)
{
    static const char *const good[] = { "https://app.example.com", "http://localhost:5173",
                                        "http://127.0.0.1:8080",   "https://[::1]:8443",
                                        "https://[::1]",           "https://a.example:80" };
    static const char *const others[] = { "",
                                          "null",
                                          "*",
                                          "https://*.example.com",
                                          "https://app.example.com/",
                                          "https://app.example.com:8443/",
                                          "https://app.example.com/a",
                                          "https://app.example.com?a",
                                          "https://App.example.com",
                                          "HTTPS://app.example.com",
                                          "https://app.example.com:443",
                                          "http://app.example.com:80",
                                          "https://user@app.example.com",
                                          "https://a.example https://b.example",
                                          "https://a.example\r\nX: y",
                                          "app.example.com",
                                          "chrome-extension://abcdef" };
    char longest[ORIGIN_MAX_BYTES + 2] = "https://";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ok(url_is_origin(str_of(good[i])), "%s is an origin", good[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!url_is_origin(str_of(others[i])), "%s is none", others[i]);
    ok(!url_is_origin((struct str){ 0 }), "nor is none at all");
    for (size_t i = 8; i <= ORIGIN_MAX_BYTES; i++)
        longest[i] = i % 2 ? '.' : 'a';
    ok(!url_is_origin((struct str){ longest, ORIGIN_MAX_BYTES + 1 }), "it has an end");
    ok(url_is_origin((struct str){ longest, ORIGIN_MAX_BYTES }), "which is not too short");
}

/* libcurl writes an IPv6 address in its shortest form. */
static bool same_host(struct str ours, char *theirs)
{
    char text[256];
    unsigned char a[16], b[16];
    snprintf(text, sizeof text, "%.*s", STR_ARGS(ours));
    if (*theirs != '[')
        return strcasecmp(text, theirs) == 0;
    theirs[strlen(theirs) - 1] = 0;
    return inet_pton(AF_INET6, text, a) == 1 && inet_pton(AF_INET6, theirs + 1, b) == 1 &&
           memcmp(a, b, sizeof a) == 0;
}

/* The same scheme, host and port as we; false also where it reads a person's name. */
static bool curl_agrees(const char *text, const struct url *url)
{
    char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
    CURLU *parts = curl_url();
    bool same = parts && curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                strcmp(scheme, url->plain ? "http" : "https") == 0 &&
                strtol(port, NULL, 10) == url->port && same_host(url->host, host);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_url_cleanup(parts);
    return same;
}

/* A random change of a random one: bytes in, bytes out, bytes that mean something to some reader.
 */
static void mutate(char *text, size_t size)
{
    static const char odd[] = ":/?#[]@!$&'()*+,;=%.\\-_0x129af \t\r\n\x7f\xe3\x80\x82";
    const char *from = random() % 2
                           ? bad[(size_t)random() % (sizeof bad / sizeof *bad)]
                           : accepted[(size_t)random() % (sizeof accepted / sizeof *accepted)].text;
    snprintf(text, size, "%s", from);
    for (long n = random() % 4; n >= 0; n--) {
        size_t len = strlen(text), at = len ? (size_t)random() % len : 0;
        if (random() % 3 == 0)
            memmove(text + at, text + at + (len > 0), len - at);
        else if (len + 1 < size) {
            memmove(text + at + 1, text + at, len - at + 1);
            text[at] = odd[(size_t)random() % (sizeof odd - 1)];
        }
    }
}

static void test_differential(void)
{
    char text[256];
    int taken = 0, differ = 0;
    srandom(20261124);
    for (int i = 0; i < 200000; i++) {
        struct url url;
        mutate(text, sizeof text);
        if (!url_read(str_of(text), true, &url))
            continue;
        taken++;
        if (!curl_agrees(text, &url) && differ++ < 5)
            printf("# %s\n", text);
    }
    ok(taken > 10000, "%d of 200,000 changed addresses are taken", taken);
    is_number(differ, 0, "and libcurl sees the same host in each");
}

int main(void)
{
    test_good();
    test_bad();
    test_lengths();
    test_origin();
    test_differential();
    test_browsers_origins();
    return done();
}
