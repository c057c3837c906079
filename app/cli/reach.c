/* Lets an address through that the operator names, for doctor. */
#include "reach.h"

#include "net/transfer.h"
#include "net/url.h"
#include "values.h"

#include <netdb.h>

static int allow_all_of(const struct config *config, struct arena *arena, const struct url *url,
                        const char **allow_out, struct error *err)
{
    const char *host = arena_copy(arena, url->host).at;
    const char *allow = config->upstream.allow ? config->upstream.allow : "";
    struct addrinfo *found = NULL, hints = { .ai_socktype = SOCK_STREAM };
    if (getaddrinfo(host, NULL, &hints, &found))
        return fail_unreachable(err, "The host %s is not known.", host);
    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        char text[64];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST))
            continue;
        allow = arena_printf(arena, at->ai_family == AF_INET6 ? "%s [%s]:%d" : "%s %s:%d", allow,
                             text, url->port);
    }
    freeaddrinfo(found);
    *allow_out = allow;
    return 0;
}

int reach_url(const struct config *config, struct arena *arena, const char *text,
              const char **url_out, struct error *err)
{
    struct url url;
    struct address_rules *rules;
    const char *allow;
    if (!url_parse(arena, text, false, url_out) || !url_read(str_of(*url_out), false, &url))
        return fail_usage(err, "--url must be an http or https address.");
    if (allow_all_of(config, arena, &url, &allow, err) ||
        address_rules_read(arena, allow, &rules, err))
        return -1;
    return net_init(rules, config->upstream.ca_file, err);
}
