/* Which addresses may be called. Decided on the resolved binary address at the socket, never on the
 * text of a URL: 2130706433, 0x7f.1 and localhost are all 127.0.0.1 there. */
#ifndef INSULA_NET_ADDRESS_RULES_H
#define INSULA_NET_ADDRESS_RULES_H

#include "base/arena.h"
#include "base/error.h"

#include <sys/socket.h>

/* Private, loopback, link-local, multicast, documentation and translated ranges, and this machine's
 * own addresses, are refused unless the operator lists the exact address:port; public ones are
 * allowed on port 443 and on listed ports. The list is insula.conf's upstream.allow:
 * "127.0.0.1:9000 [::1]:9000 10.0.0.5:443", and "*:8443" for a port of all public addresses; NULL
 * is an empty one. */
struct address_rules;

/* ERROR_BAD_REQUEST names the entry that is no address:port. */
int address_rules_read(struct arena *arena, const char *list, struct address_rules **out,
                       struct error *err);
bool address_allowed(const struct address_rules *rules, const struct sockaddr *address);
/* Does the list name exactly this address:port? Only such a one may be called without TLS. */
bool address_is_listed(const struct address_rules *rules, const struct sockaddr *address);
/* Is it in one of the ranges that are refused unless listed? */
bool address_is_private(const struct sockaddr *address);

#endif
