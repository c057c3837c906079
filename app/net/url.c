/* Reads the addresses of providers and identity providers, for those who store and who call them.
 */
#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

enum { HOST_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_address(int family, struct str host)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    if (host.len >= sizeof text)
        return false;
    memcpy(text, host.at, host.len);
    text[host.len] = 0;
    return inet_pton(family, text, bytes) == 1;
}

/* "1", "010", "0x7f": a host that ends so is an address to resolvers: 127.1, 2130706433. */
static bool is_number(struct str label)
{
    bool hex = str_starts(label, "0x") || str_starts(label, "0X");
    for (size_t i = hex ? 2 : 0; i < label.len; i++)
        if (!(hex ? isxdigit((unsigned char)label.at[i]) != 0 : is_digit(label.at[i])))
            return false;
    return true;
}

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.len; i++) {
        char c = label.at[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return label.len >= 1 && label.len <= LABEL_MAX_BYTES;
}

static bool is_name(struct str host)
{
    struct str label = { host.at, 0 };
    for (const char *end = host.at + host.len; label.at <= end; label.at += label.len + 1) {
        label.len = 0;
        while (label.at + label.len < end && label.at[label.len] != '.')
            label.len++;
        if (!is_label(label))
            return false;
        if (label.at + label.len == end)
            return host.len <= HOST_MAX_BYTES && !is_number(label);
    }
    return false;
}

static bool is_visible(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '!' || text.at[i] > '~' || strchr("\"#<>\\^`{|}", text.at[i]))
            return false;
    return true;
}

static bool read_port(struct str text, struct url *url)
{
    long long port;
    if (!str_to_number(text, 65535, &port) || port == 0 || *text.at == '0')
        return false;
    url->port = (int)port;
    return true;
}

/* "[::1]:1234", "name:1234", or either without a port. */
static bool read_authority(struct str text, struct url *url)
{
    bool bracketed = text.len > 0 && *text.at == '[';
    const char *end = memchr(text.at, bracketed ? ']' : ':', text.len);
    if (bracketed && !end)
        return false;
    size_t host_len = end ? (size_t)(end - text.at) : text.len;
    size_t behind = host_len + bracketed; /* where a port may begin */
    url->host = (struct str){ text.at + bracketed, host_len - bracketed };
    if (behind < text.len &&
        (text.at[behind] != ':' ||
         !read_port((struct str){ text.at + behind + 1, text.len - behind - 1 }, url)))
        return false;
    return bracketed ? is_address(AF_INET6, url->host)
                     : is_address(AF_INET, url->host) || is_name(url->host);
}

bool url_read(struct str text, bool may_have_query, struct url *out)
{
    bool plain = str_starts(text, "http://");
    struct url url = { .plain = plain, .port = plain ? 80 : 443 };
    size_t scheme = plain ? strlen("http://") : strlen("https://");
    if ((!plain && !str_starts(text, "https://")) || !is_visible(text))
        return false;
    struct str authority = { text.at + scheme, 0 };
    while (scheme + authority.len < text.len && !strchr("/?", authority.at[authority.len]))
        authority.len++;
    if ((!may_have_query && memchr(text.at, '?', text.len)) || !read_authority(authority, &url))
        return false;
    *out = url;
    return true;
}

static bool has_capital(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= 'A' && text.at[i] <= 'Z')
            return true;
    return false;
}

bool url_is_origin(struct str text)
{
    struct url url;
    if (text.len > ORIGIN_MAX_BYTES || !url_read(text, false, &url) || has_capital(text))
        return false;
    const char *host_end = url.host.at + url.host.len + (url.host.at[-1] == '[');
    const char *end = text.at + text.len;
    bool usual_port = url.port == (url.plain ? 80 : 443);
    if (host_end == end)
        return true;
    return *host_end == ':' && !usual_port && !memchr(host_end, '/', (size_t)(end - host_end));
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->plain == b->plain && a->port == b->port && a->host.len == b->host.len &&
           strncasecmp(a->host.at, b->host.at, a->host.len) == 0;
}
