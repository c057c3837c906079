/* Which libcurl runs here, for insulactl doctor. */
#ifndef INSULA_NET_VERSION_H
#define INSULA_NET_VERSION_H

const char *net_version(void); /* "7.88.1": digits and dots */

#endif
