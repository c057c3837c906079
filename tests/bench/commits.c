/* What MariaDB alone can do: durable transactions of three statements (two inserts, one update) by
 * prepared statements, from many connections at once. The floor under a full turn.
 *
 *     commits SOCKET CONNECTIONS SECONDS      prints transactions a second */
#include <mariadb/mysql.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *socket_path;
static atomic_bool stop;

struct client {
    pthread_t thread;
    long long number, commits;
};

static void die(MYSQL *db)
{
    fprintf(stderr, "commits: %s\n", mysql_error(db));
    exit(1);
}

static MYSQL *open_database(void)
{
    MYSQL *db = mysql_init(NULL);
    if (!db || !mysql_real_connect(db, NULL, "root", NULL, NULL, 0, socket_path, 0))
        die(db);
    return db;
}

static void run(MYSQL *db, const char *sql)
{
    if (mysql_query(db, sql))
        die(db);
}

static MYSQL_STMT *prepare(MYSQL *db, const char *sql, MYSQL_BIND *binds)
{
    MYSQL_STMT *statement = mysql_stmt_init(db);
    if (!statement || mysql_stmt_prepare(statement, sql, strlen(sql)) ||
        mysql_stmt_bind_param(statement, binds))
        die(db);
    return statement;
}

static void *work(void *self)
{
    static char words[400];
    struct client *client = self;
    unsigned long length = sizeof words;
    long long row = client->number << 32;
    MYSQL_BIND binds[] = {
        { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &client->number },
        { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &row },
        { .buffer_type = MYSQL_TYPE_STRING,
          .buffer = words,
          .buffer_length = length,
          .length = &length },
    };
    MYSQL *db = open_database();
    run(db, "USE insula_bench");
    MYSQL_STMT *message = prepare(db, "INSERT INTO message VALUES (?, ?, ?)", binds);
    MYSQL_STMT *turn = prepare(db, "INSERT INTO turn VALUES (?, ?)", binds);
    MYSQL_STMT *budget = prepare(db, "UPDATE budget SET held = held + 1 WHERE id = ?", binds);
    while (!stop) {
        row++;
        run(db, "START TRANSACTION");
        if (mysql_stmt_execute(message) || mysql_stmt_execute(turn) || mysql_stmt_execute(budget) ||
            mysql_commit(db))
            die(db);
        client->commits++;
    }
    mysql_stmt_close(message);
    mysql_stmt_close(turn);
    mysql_stmt_close(budget);
    mysql_close(db);
    return NULL;
}

static void make_tables(int clients)
{
    char sql[100];
    MYSQL *db = open_database();
    run(db, "DROP DATABASE IF EXISTS insula_bench");
    run(db, "CREATE DATABASE insula_bench");
    run(db, "USE insula_bench");
    run(db,
        "CREATE TABLE message (client BIGINT, id BIGINT, content BLOB, PRIMARY KEY (client, id))");
    run(db, "CREATE TABLE turn (client BIGINT, id BIGINT, PRIMARY KEY (client, id))");
    run(db, "CREATE TABLE budget (id BIGINT PRIMARY KEY, held BIGINT)");
    for (int i = 0; i < clients; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO budget VALUES (%d, 0)", i);
        run(db, sql);
    }
    mysql_close(db);
}

static void drop_tables(void)
{
    MYSQL *db = open_database();
    run(db, "DROP DATABASE insula_bench");
    mysql_close(db);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: commits SOCKET CONNECTIONS SECONDS\n");
        return 2;
    }
    socket_path = argv[1];
    int count = (int)strtol(argv[2], NULL, 10);
    long seconds = strtol(argv[3], NULL, 10);
    struct client *clients = calloc((size_t)count, sizeof *clients);
    if (!clients || mysql_library_init(0, NULL, NULL))
        abort();
    make_tables(count);
    for (int i = 0; i < count; i++) {
        clients[i].number = i;
        pthread_create(&clients[i].thread, NULL, work, &clients[i]);
    }
    nanosleep(&(struct timespec){ .tv_sec = seconds }, NULL);
    stop = true;
    long long commits = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        commits += clients[i].commits;
    }
    drop_tables();
    printf("%.1f\n", (double)commits / (double)seconds);
    free(clients);
    return 0;
}
