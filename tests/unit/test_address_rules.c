/* Which addresses may be called. */
#include "tap.h"

#include "net/address_rules.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>

static struct arena *arena;

static const struct sockaddr *address(const char *host, int port)
{
    static union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } a;
    memset(&a, 0, sizeof a);
    if (inet_pton(AF_INET, host, &a.in.sin_addr) == 1) {
        a.in.sin_family = AF_INET;
        a.in.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, host, &a.in6.sin6_addr) == 1) {
        a.in6.sin6_family = AF_INET6;
        a.in6.sin6_port = htons((uint16_t)port);
    }
    return &a.any;
}

static struct address_rules *rules_of(const char *list)
{
    struct address_rules *rules = NULL;
    struct error err;
    ok(address_rules_read(arena, list, &rules, &err) == 0, "the list '%s' is read",
       list ? list : "");
    return rules;
}

static const char *const refused[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
};
static const char *const open[] = {
    "1.0.0.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.1",       "169.253.1.1",     "169.255.1.1",    "172.15.255.255",
    "172.32.0.0",      "191.255.1.1",     "192.0.1.1",       "192.0.3.1",      "192.88.98.1",
    "192.167.1.1",     "192.169.0.1",     "198.17.255.255",  "198.20.0.0",     "198.51.99.1",
    "203.0.112.1",     "203.0.114.1",     "223.255.255.255", "2001:200::1",    "2001:db7::1",
    "2003::1",         "2606:4700::1111", "3ffe::1",
};

static void test_ranges(void)
{
    struct address_rules *none = rules_of("");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct sockaddr *a = address(refused[i], 443);
        ok(address_is_private(a) && !address_allowed(none, a), "%s is refused", refused[i]);
    }
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        const struct sockaddr *a = address(open[i], 443);
        ok(!address_is_private(a) && address_allowed(none, a), "%s is allowed", open[i]);
    }
    struct sockaddr local = { .sa_family = AF_UNIX };
    ok(!address_allowed(none, &local) && address_is_private(&local), "no other families");
}

static void test_ports(void)
{
    struct address_rules *none = rules_of(NULL), *some = rules_of("*:8443 127.0.0.1:9000");
    ok(!address_allowed(none, address("8.8.8.8", 80)), "public, port 80: refused");
    ok(!address_allowed(none, address("8.8.8.8", 8443)), "public, another port: refused");
    ok(address_allowed(some, address("8.8.8.8", 8443)), "public, a listed port: allowed");
    ok(!address_allowed(some, address("10.0.0.1", 8443)), "that lists no private address");
    ok(!address_is_listed(some, address("8.8.8.8", 8443)), "nor does it list a public one");
    ok(!address_allowed(some, address("8.8.8.8", 9000)), "a private entry opens no public port");
}

static void test_listed(void)
{
    struct address_rules *rules = rules_of(" 127.0.0.1:9000 [::1]:9000,10.0.0.5:443\t8.8.4.4:80");
    ok(address_allowed(rules, address("127.0.0.1", 9000)), "listed: allowed");
    ok(address_is_listed(rules, address("127.0.0.1", 9000)), "and it is listed");
    ok(address_allowed(rules, address("::1", 9000)), "IPv6 listed: allowed");
    ok(address_allowed(rules, address("10.0.0.5", 443)), "private listed: allowed");
    ok(address_allowed(rules, address("8.8.4.4", 80)), "public listed: allowed");
    ok(!address_allowed(rules, address("127.0.0.1", 9001)), "another port: refused");
    ok(!address_allowed(rules, address("127.0.0.2", 9000)), "another address: refused");
    ok(!address_allowed(rules, address("::1", 443)), "the same in IPv6");
    ok(!address_allowed(rules, address("::ffff:127.0.0.1", 9000)),
       "a mapped address is another one");
}

static void test_own(void)
{
    struct address_rules *none = rules_of("");
    struct ifaddrs *all = NULL;
    int shut = 0, seen = 0;
    if (getifaddrs(&all) != 0)
        return;
    for (struct ifaddrs *i = all; i; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
            continue;
        struct sockaddr_in in;
        memcpy(&in, i->ifa_addr, sizeof in);
        in.sin_port = htons(443);
        seen++;
        shut += !address_allowed(none, (const struct sockaddr *)&in);
    }
    freeifaddrs(all);
    is_number(shut, seen, "this machine's own addresses are refused");
}

static void test_misspelt(void)
{
    static const char *const bad[] = { "127.0.0.1",
                                       "localhost:80",
                                       "127.0.0.1:0",
                                       "127.0.0.1:65536",
                                       "127.0.0.1:x",
                                       "::1:9000",
                                       "[::1]",
                                       "[::1:9000",
                                       "[127.0.0.1]:1",
                                       "127.1:80",
                                       ":80",
                                       "*",
                                       "[*]:80",
                                       "10.0.0.0/8:443",
                                       "1234567890123456789012345678901234567890123456789:80" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct address_rules *rules = NULL;
        struct error err = { 0 };
        char list[128];
        snprintf(list, sizeof list, "10.0.0.1:443 %s", bad[i]);
        ok(address_rules_read(arena, list, &rules, &err) == -1 && !rules &&
               err.kind == ERROR_BAD_REQUEST && strstr(err.message, bad[i]),
           "'%s' is refused by name", bad[i]);
    }
}

int main(void)
{
    arena = arena_new(1 << 20);
    test_ranges();
    test_ports();
    test_listed();
    test_own();
    test_misspelt();
    arena_free(&arena);
    return done();
}
