/* Which yajl runs here, for insulactl doctor. */
#ifndef INSULA_JSON_VERSION_H
#define INSULA_JSON_VERSION_H

const char *json_version(void); /* "7.88.1": digits and dots */

#endif
