/* Which OpenSSL runs here, for insulactl doctor. */
#ifndef INSULA_CRYPTO_VERSION_H
#define INSULA_CRYPTO_VERSION_H

const char *crypto_version(void); /* "7.88.1": digits and dots */

#endif
