/* The last 50 messages of random conversations, from two tables of the same rows: one that keeps a
 * conversation's messages together, as Insula's does, and one whose keys are random.
 *
 *     pages SOCKET CONVERSATIONS SECONDS
 *
 * Asks the two in turn over one connection and prints {"by_conversation":MS,"random_keys":MS}: the
 * median times. */
#include <mariadb/mysql.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAGES_MAX = 1 << 20 };

struct layout {
    const char *name, *order;
    double *ms;
    size_t count;
};

static struct layout layouts[] = { { .name = "by_conversation", .order = "message_id" },
                                   { .name = "random_keys", .order = "created_ms" } };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void die(MYSQL *db)
{
    fprintf(stderr, "pages: %s\n", mysql_error(db));
    exit(1);
}

static MYSQL *open_database(const char *socket_path)
{
    MYSQL *db = mysql_init(NULL);
    if (!db || !mysql_real_connect(db, NULL, "root", NULL, "insula_pages", 0, socket_path, 0))
        die(db);
    return db;
}

static void read_page(MYSQL *db, struct layout *layout, long conversation)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT * FROM %s WHERE tenant_id = 1 AND conversation_id = UNHEX(LPAD(HEX(%ld), 32, "
             "'0')) ORDER BY %s DESC LIMIT 50",
             layout->name, conversation, layout->order);
    double begun = now_ms();
    MYSQL_RES *rows = mysql_query(db, sql) ? NULL : mysql_store_result(db);
    if (!rows)
        die(db);
    if (mysql_num_rows(rows) != 50) {
        fprintf(stderr, "pages: %s: %llu rows\n", layout->name,
                (unsigned long long)mysql_num_rows(rows));
        exit(1);
    }
    mysql_free_result(rows);
    layout->ms[layout->count++] = now_ms() - begun;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct layout *layout)
{
    qsort(layout->ms, layout->count, sizeof *layout->ms, compare);
    return layout->ms[layout->count / 2];
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: pages SOCKET CONVERSATIONS SECONDS\n");
        return 2;
    }
    long conversations = strtol(argv[2], NULL, 10);
    double until = now_ms() + 1e3 * strtod(argv[3], NULL);
    MYSQL *db = open_database(argv[1]);
    for (size_t i = 0; i < 2; i++)
        if (!(layouts[i].ms = calloc(PAGES_MAX, sizeof *layouts[i].ms)))
            abort();
    while (layouts[0].count == 0 || (now_ms() < until && layouts[0].count < PAGES_MAX))
        for (size_t i = 0; i < 2; i++)
            read_page(db, &layouts[i], 1 + random() % conversations);
    printf("{\"by_conversation\":%.3f,\"random_keys\":%.3f}\n", median(&layouts[0]),
           median(&layouts[1]));
    mysql_close(db);
    return 0;
}
