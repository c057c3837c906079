/* Which addresses may be called: the operator's list against the ranges that are nobody's public
 * server, for every connection that net/ opens. */
#include "net/address_rules.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

/* One IPv4 or IPv6 address in network order; IPv4 uses the first four bytes. */
struct endpoint {
    int family; /* AF_UNSPEC: any public address */
    unsigned char bytes[16];
    int port; /* 0: any */
    struct endpoint *next;
};

struct address_rules {
    struct endpoint *listed;
    struct endpoint *own; /* this machine's: a public address may be the house itself */
};

struct range {
    unsigned char bytes[4];
    int bits;
};

static const struct range private_ipv4[] = {
    { { 0 }, 8 },             /* this network */
    { { 10 }, 8 },            /* private */
    { { 100, 64 }, 10 },      /* carrier's NAT */
    { { 127 }, 8 },           /* loopback */
    { { 169, 254 }, 16 },     /* link-local; clouds keep their metadata there */
    { { 172, 16 }, 12 },      /* private */
    { { 192, 0, 0 }, 24 },    /* protocol assignments */
    { { 192, 0, 2 }, 24 },    /* documentation */
    { { 192, 88, 99 }, 24 },  /* 6to4 relays */
    { { 192, 168 }, 16 },     /* private */
    { { 198, 18 }, 15 },      /* benchmarks */
    { { 198, 51, 100 }, 24 }, /* documentation */
    { { 203, 0, 113 }, 24 },  /* documentation */
    { { 224 }, 4 },           /* multicast */
    { { 240 }, 4 },           /* reserved, broadcast */
};

/* Within 2000::/3 only; all of IPv6 outside it is refused: unspecified, loopback, mapped, NAT64,
 * discard, unique local, link-local, site-local, multicast, unassigned. */
static const struct range private_ipv6[] = {
    { { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, with Teredo */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
    { { 0x20, 0x02 }, 16 },             /* 6to4 */
    { { 0x3f, 0xff }, 20 },             /* documentation */
};

static bool bytes_in(const unsigned char *bytes, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int whole = ranges[i].bits / 8, rest = ranges[i].bits % 8;
        if (memcmp(bytes, ranges[i].bytes, (size_t)whole) != 0)
            continue;
        if (!rest || (bytes[whole] ^ ranges[i].bytes[whole]) >> (8 - rest) == 0)
            return true;
    }
    return false;
}

static bool endpoint_of(const struct sockaddr *address, struct endpoint *out)
{
    struct endpoint e = { .family = address->sa_family };
    if (e.family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        memcpy(e.bytes, &in.sin_addr, 4);
        e.port = ntohs(in.sin_port);
    } else if (e.family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        memcpy(e.bytes, &in6.sin6_addr, 16);
        e.port = ntohs(in6.sin6_port);
    } else {
        return false;
    }
    *out = e;
    return true;
}

static bool endpoint_is_private(const struct endpoint *e)
{
    if (e->family == AF_INET)
        return bytes_in(e->bytes, private_ipv4, sizeof private_ipv4 / sizeof *private_ipv4);
    return (e->bytes[0] & 0xe0) != 0x20 ||
           bytes_in(e->bytes, private_ipv6, sizeof private_ipv6 / sizeof *private_ipv6);
}

static bool endpoint_in(const struct endpoint *list, const struct endpoint *e)
{
    for (; list; list = list->next) {
        if (list->family == e->family && (!list->port || list->port == e->port) &&
            memcmp(list->bytes, e->bytes, sizeof e->bytes) == 0)
            return true;
    }
    return false;
}

static bool public_port(const struct address_rules *rules, int port)
{
    for (const struct endpoint *e = rules->listed; e; e = e->next) {
        if (e->family == AF_UNSPEC && e->port == port)
            return true;
    }
    return port == 443;
}

/* "1.2.3.4:80", "[::1]:80" or "*:80". */
static bool endpoint_read(struct str entry, struct endpoint *out)
{
    struct endpoint e = { .family = AF_UNSPEC };
    char host[INET6_ADDRSTRLEN];
    const char *colon = memrchr(entry.at, ':', entry.len);
    long long port;
    if (!colon)
        return false;
    size_t host_len = (size_t)(colon - entry.at);
    if (!str_to_number((struct str){ colon + 1, entry.len - host_len - 1 }, 65535, &port) || !port)
        return false;
    e.port = (int)port;
    bool bracketed = host_len > 2 && entry.at[0] == '[' && entry.at[host_len - 1] == ']';
    struct str text = { entry.at + bracketed, host_len - 2 * (size_t)bracketed };
    if (text.len >= sizeof host)
        return false;
    memcpy(host, text.at, text.len);
    host[text.len] = 0;
    if (!str_is(text, "*") || bracketed) {
        e.family = bracketed ? AF_INET6 : AF_INET;
        if (inet_pton(e.family, host, e.bytes) != 1)
            return false;
    }
    *out = e;
    return true;
}

static int read_own(struct arena *arena, struct address_rules *rules, struct error *err)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0)
        return fail(err, ERROR_INTERNAL, "internal", "This machine's addresses cannot be read");
    for (struct ifaddrs *i = all; i; i = i->ifa_next) {
        struct endpoint e;
        if (!i->ifa_addr || !endpoint_of(i->ifa_addr, &e))
            continue;
        struct endpoint *own = arena_new_of(arena, struct endpoint);
        *own = e;
        own->port = 0;
        own->next = rules->own;
        rules->own = own;
    }
    freeifaddrs(all);
    return 0;
}

int address_rules_read(struct arena *arena, const char *list, struct address_rules **out,
                       struct error *err)
{
    struct address_rules *rules = arena_new_of(arena, struct address_rules);
    for (const char *at = list ? list : ""; *(at += strspn(at, " \t\r\n,"));) {
        struct str entry = { at, strcspn(at, " \t\r\n,") };
        struct endpoint *listed = arena_new_of(arena, struct endpoint);
        if (!endpoint_read(entry, listed))
            return fail(err, ERROR_BAD_REQUEST, "invalid_address", "'%.*s' is no address:port",
                        STR_ARGS(entry));
        listed->next = rules->listed;
        rules->listed = listed;
        at += entry.len;
    }
    if (read_own(arena, rules, err) != 0)
        return -1;
    *out = rules;
    return 0;
}

bool address_is_listed(const struct address_rules *rules, const struct sockaddr *address)
{
    struct endpoint e;
    return endpoint_of(address, &e) && endpoint_in(rules->listed, &e);
}

bool address_allowed(const struct address_rules *rules, const struct sockaddr *address)
{
    struct endpoint e;
    if (!endpoint_of(address, &e))
        return false;
    if (endpoint_in(rules->listed, &e))
        return true;
    return !endpoint_is_private(&e) && !endpoint_in(rules->own, &e) && public_port(rules, e.port);
}

bool address_is_private(const struct sockaddr *address)
{
    struct endpoint e;
    return !endpoint_of(address, &e) || endpoint_is_private(&e);
}
