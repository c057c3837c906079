/* Opens sessions with MariaDB: every option said aloud, every session variable set, for the handle.
 */
#include "handle.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <mariadb/mysqld_error.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MAX 256

/* TRADITIONAL holds both STRICT modes. READ COMMITTED: fewer gap locks, so fewer deadlocks; nothing
 * here reads twice and expects the same, sums move by conditional updates. The server gives up
 * (8 s) before the client does (10 s), so that a slow statement does not cost the handle. */
static const char *const preamble[] = {
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00', autocommit = 1",
    "SET SESSION foreign_key_checks = 1, check_constraint_checks = 1",
    "SET SESSION innodb_lock_wait_timeout = 2",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
};

static int read_password(const char *path, char out[PASSWORD_MAX], struct error *err)
{
    out[0] = '\0';
    if (!path)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        int cause = errno;
        if (fd >= 0)
            close(fd);
        fail(err, ERROR_INTERNAL, "database_password", "The database is not set up.");
        return error_note(err, "password_file %s: %s", path, strerror(cause));
    }
    ssize_t n = read_whole(fd, out, PASSWORD_MAX - 1);
    close(fd);
    if (n < 0 || n == PASSWORD_MAX - 1 || (status.st_mode & 077)) {
        explicit_bzero(out, PASSWORD_MAX);
        fail(err, ERROR_INTERNAL, "database_password", "The database is not set up.");
        return error_note(err, "password_file %s: must be at most %d bytes and its owner's alone",
                          path, PASSWORD_MAX - 2);
    }
    out[n] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    return 0;
}

static void set_number(MYSQL *mysql, enum mysql_option option, unsigned number)
{
    mysql_optionsv(mysql, option, &number);
}

static void set_flag(MYSQL *mysql, enum mysql_option option, my_bool flag)
{
    mysql_optionsv(mysql, option, &flag);
}

static void set_options(MYSQL *mysql, enum patience patience)
{
    unsigned wait_seconds = patience == PATIENCE_SCHEMA ? 3600 : 10;
    set_number(mysql, MYSQL_OPT_CONNECT_TIMEOUT, 5);
    set_number(mysql, MYSQL_OPT_READ_TIMEOUT, wait_seconds);
    set_number(mysql, MYSQL_OPT_WRITE_TIMEOUT, wait_seconds);
    set_number(mysql, MYSQL_OPT_LOCAL_INFILE, 0);
    set_flag(mysql, MYSQL_OPT_RECONNECT, 0);
    set_flag(mysql, MYSQL_REPORT_DATA_TRUNCATION, 1);
    mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

/* Without all three the client goes on in clear when the server offers no TLS. */
static int set_tls(MYSQL *mysql, const struct database_config *config, struct error *err)
{
    if (!config->tls_ca) {
        fail(err, ERROR_INTERNAL, "database_tls", "The database is not set up.");
        return error_note(err, "a database on a host needs tls_ca");
    }
    mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, config->tls_ca);
    mysql_optionsv(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
    set_flag(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, 1);
    set_flag(mysql, MYSQL_OPT_SSL_ENFORCE, 1);
    return 0;
}

static int unavailable(MYSQL *mysql, struct error *err)
{
    fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database cannot be reached.");
    err->retry_after_ms = 1000;
    return error_note(err, "%u %s", mysql_errno(mysql), mysql_error(mysql));
}

/* No client flags: no several statements in one text, and an update that changes nothing counts 0.
 */
static int connect_to(MYSQL *mysql, const struct database_config *config, struct error *err)
{
    bool is_remote = !config->socket;
    char password[PASSWORD_MAX];
    if (is_remote && set_tls(mysql, config, err) != 0)
        return -1;
    if (read_password(config->password_file, password, err) != 0)
        return -1;
    set_number(mysql, MYSQL_OPT_PROTOCOL, is_remote ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET);
    bool is_open = mysql_real_connect(
                       mysql, is_remote ? config->host : NULL, config->user, password, config->name,
                       is_remote ? (unsigned)config->port : 0, config->socket, 0) != NULL;
    explicit_bzero(password, sizeof password);
    if (!is_open)
        return unavailable(mysql, err);
    if (is_remote && !mysql_get_ssl_cipher(mysql)) {
        fail(err, ERROR_UNAVAILABLE, "database_unavailable", "The database cannot be reached.");
        return error_note(err, "the connection is not encrypted");
    }
    return 0;
}

static int read_packet_bytes(MYSQL *mysql, size_t *out, struct error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    if (mysql_query(mysql, "SELECT @@max_allowed_packet") == 0)
        result = mysql_store_result(mysql);
    if (result)
        row = mysql_fetch_row(result);
    if (row && row[0])
        *out = strtoul(row[0], NULL, 10);
    mysql_free_result(result);
    return row ? 0 : unavailable(mysql, err);
}

static int prepare_session(MYSQL *mysql, enum patience patience, struct error *err)
{
    for (size_t i = 0; i < sizeof preamble / sizeof preamble[0]; i++)
        if (mysql_query(mysql, preamble[i]) != 0)
            return unavailable(mysql, err);
    const char *time_limit = patience == PATIENCE_SCHEMA
                                 ? "SET SESSION max_statement_time = 0, lock_wait_timeout = 60"
                                 : "SET SESSION max_statement_time = 8";
    return mysql_query(mysql, time_limit) == 0 ? 0 : unavailable(mysql, err);
}

/* In a Galera cluster a read waits until this node has applied what the others committed before it:
 * after a fail-over the new writer must not say of a commit that it is not there. A server that was
 * built without Galera does not know the variable. */
static int wait_for_cluster(MYSQL *mysql, struct error *err)
{
    if (mysql_query(mysql, "SET SESSION wsrep_sync_wait = 1") == 0 ||
        mysql_errno(mysql) == ER_UNKNOWN_SYSTEM_VARIABLE)
        return 0;
    return unavailable(mysql, err);
}

int session_open(const struct database_config *config, enum patience patience, MYSQL **out,
                 size_t *packet_bytes_out, struct error *err)
{
    MYSQL *mysql = mysql_init(NULL);
    if (!mysql)
        abort();
    set_options(mysql, patience);
    if (connect_to(mysql, config, err) != 0 || prepare_session(mysql, patience, err) != 0 ||
        read_packet_bytes(mysql, packet_bytes_out, err) != 0 || wait_for_cluster(mysql, err) != 0) {
        mysql_close(mysql);
        return -1;
    }
    *out = mysql;
    return 0;
}
