/* Which MariaDB Connector/C runs here, for insulactl doctor. */
#ifndef INSULA_DB_VERSION_H
#define INSULA_DB_VERSION_H

const char *db_client_version(void); /* "7.88.1": digits and dots */

#endif
