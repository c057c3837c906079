/* Lets an address through that the operator names, for doctor. */
#include "reach.h"

#include "net/transfer.h"

#include <netdb.h>

/* "https://[::1]:8443/x" to "::1" and "8443". */
static void split_url(struct arena *arena, const char *url, const char **host_out,
                      const char **port_out)
{
    const char *host = strstr(url, "://") + 3;
    size_t len = strcspn(host, "/");
    const char *colon = memrchr(host, ':', len);
    if (colon && memchr(colon, ']', len - (size_t)(colon - host)))
        colon = NULL; /* within an IPv6 address */
    size_t host_len = colon ? (size_t)(colon - host) : len;
    bool is_bracketed = *host == '[';
    *port_out = colon ? arena_printf(arena, "%.*s", (int)(len - host_len - 1), colon + 1)
                : str_starts(str_of(url), "https:") ? "443"
                                                    : "80";
    *host_out = is_bracketed ? arena_printf(arena, "%.*s", (int)host_len - 2, host + 1)
                             : arena_printf(arena, "%.*s", (int)host_len, host);
}

int reach_url(const struct config *config, struct arena *arena, const char *url, struct error *err)
{
    const char *host, *port, *allow = config->upstream.allow ? config->upstream.allow : "";
    struct addrinfo *found = NULL, hints = { .ai_socktype = SOCK_STREAM };
    split_url(arena, url, &host, &port);
    if (getaddrinfo(host, port, &hints, &found))
        return fail_unreachable(err, "The host %s is not known.", host);
    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        char text[64];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST))
            continue;
        allow = arena_printf(arena, at->ai_family == AF_INET6 ? "%s [%s]:%s" : "%s %s:%s", allow,
                             text, port);
    }
    freeaddrinfo(found);
    struct address_rules *rules;
    if (address_rules_read(arena, allow, &rules, err))
        return -1;
    return net_init(rules, config->upstream.ca_file, err);
}
