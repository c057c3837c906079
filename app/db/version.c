/* Says which MariaDB client library runs here. */
#include "db/version.h"

#include <mariadb/mysql.h>

const char *db_client_version(void)
{
    return mysql_get_client_info();
}
