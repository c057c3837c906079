/* The addresses that may be written down for a provider or an identity provider, read more strictly
 * than by any library that uses them later, so that no two readers see two hosts in one text. Whom a
 * host's name means, and whether that may be called, is decided at the socket (net/address_rules.h). */
#ifndef INSULA_NET_URL_H
#define INSULA_NET_URL_H

#include "base/str.h"

enum { URL_STORED_MAX_BYTES = 512 }; /* of what an operator writes down */

/* Borrowed from the text. */
struct url {
    bool plain;      /* http */
    struct str host; /* "api.example.com", "10.0.0.5", "::1" without its brackets */
    int port;        /* 443 and 80 where none is written */
};

/* http or https in small letters, "://", a host, perhaps a port of 1 to 65535, perhaps a path,
 * perhaps a query; all of it visible ASCII. A host is a name of letters, digits, hyphens and
 * underscores in labels of at most 63 bytes, 253 in all, without a dot at its end; or an IPv4
 * address of four decimal numbers; or an IPv6 address in brackets. No user information, no
 * fragment, no zone, nothing percent-encoded in the host, no IPv4 address in any other spelling. */
bool url_read(struct str text, bool may_have_query, struct url *out);
/* An origin as browsers write it (WHATWG HTML, "serialization of an origin"): scheme, host and port alone, the host
 * in small letters, a port only where it is not the scheme's own. */
bool url_is_origin(struct str text);
enum { ORIGIN_MAX_BYTES = 255 };
/* The same scheme, host and port: one server, which may be told the same key. */
bool url_same_origin(const struct url *a, const struct url *b);

#endif
