/* The walls of every statement, taken down one at a time (B11). The strangers are run once to learn
 * which statements there are; each must carry its tenant first, and its owner where the table has
 * one. Then each wall of each statement is taken out in turn, and a stranger has to complain.
 *
 * The statements are caught and changed between query/ and db/, by the linker (--wrap=db_run) and
 * in this program alone: there is no switch for it anywhere else. `test_mutants --list` prints
 * them. */
#include "strangers.h"

#include "bar.h"

#include <ctype.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define STATEMENTS_MAX 200
#define SQL_MAX        2048
#define CAUGHT         10 /* a child's status: a stranger complained */

/* What a child tells its parent. */
static struct learnt {
    size_t count;
    char sql[STATEMENTS_MAX][SQL_MAX];
} * learnt;

static struct {
    const char *sql;       /* this statement … */
    char instead[SQL_MAX]; /* … runs as this one */
} mutant;
static bool is_learning;

/* ---- on the way to db/ ---- */

int __real_db_run(struct db *on, const char *sql, const struct value *values, size_t value_count,
                  struct arena *into, struct rows *rows, int64_t *changed, struct error *e);
int __wrap_db_run(struct db *on, const char *sql, const struct value *values, size_t value_count,
                  struct arena *into, struct rows *rows, int64_t *changed, struct error *e);
int __real_db_run_many(struct db *on, const struct many *many, int64_t *changed, struct error *e);
int __wrap_db_run_many(struct db *on, const struct many *many, int64_t *changed, struct error *e);

static void learn(const char *sql)
{
    for (size_t i = 0; i < learnt->count; i++)
        if (!strcmp(learnt->sql[i], sql))
            return;
    if (learnt->count == STATEMENTS_MAX || strlen(sql) >= SQL_MAX)
        bail_out("more statements, or longer ones, than there is room for");
    strcpy(learnt->sql[learnt->count++], sql);
}

/* What really runs. Statements of the workers' handle are query/'s; the test's own go over another.
 */
static const char *passing(const struct db *on, const char *sql)
{
    if (on != worker || !sql)
        return sql;
    if (is_learning)
        learn(sql);
    return mutant.sql && !strcmp(sql, mutant.sql) ? mutant.instead : sql;
}

int __wrap_db_run(struct db *on, const char *sql, const struct value *values, size_t value_count,
                  struct arena *into, struct rows *rows, int64_t *changed, struct error *e)
{
    return __real_db_run(on, passing(on, sql), values, value_count, into, rows, changed, e);
}

int __wrap_db_run_many(struct db *on, const struct many *many, int64_t *changed, struct error *e)
{
    struct many changed_many = *many;
    changed_many.sql = passing(on, many->sql);
    return __real_db_run_many(on, &changed_many, changed, e);
}

/* ---- a statement's walls, read strictly ---- */

static bool skip(const char **at, const char *words)
{
    size_t n = strlen(words);
    if (strncmp(*at, words, n) != 0)
        return false;
    *at += n;
    return true;
}

static bool skip_name(const char **at, char *name, size_t size)
{
    size_t n = 0;
    while (islower((unsigned char)(*at)[n]) || isdigit((unsigned char)(*at)[n]) || (*at)[n] == '_')
        n++;
    snprintf(name, size, "%.*s", (int)n, *at);
    *at += n;
    return n > 0;
}

static bool has_owner(const char *table)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND"
             " TABLE_NAME = '%s' AND COLUMN_NAME = 'user_id'",
             table);
    return ask_number(db, sql) == 1;
}

/* "INSERT INTO t (tenant_id[, user_id]…) VALUES (?[, ?]…)": both columns first. */
static bool insert_is_walled(const char *at)
{
    char table[64];
    if (!skip_name(&at, table, sizeof table) || !skip(&at, " (tenant_id"))
        return false;
    bool owned = has_owner(table);
    if (owned && !skip(&at, ", user_id"))
        return false;
    const char *values = strstr(at, ") VALUES (?");
    return values && (!owned || !strncmp(values, ") VALUES (?, ?", 14));
}

/* One WHERE, which begins with the tenant, and the owner where there is one; no OR, no second
 * table. */
static bool where_is_walled(const char *table, const char *sql)
{
    const char *at = strstr(sql, " WHERE ");
    if (!at || strstr(sql, " OR ") || strstr(sql, " JOIN ") || strstr(sql, " UNION ") ||
        strstr(at + 1, " WHERE ") || !skip(&at, " WHERE tenant_id = ?"))
        return false;
    return !has_owner(table) || skip(&at, " AND user_id = ?");
}

static bool is_walled(const char *sql)
{
    char table[64];
    const char *at = sql;
    if (skip(&at, "INSERT INTO "))
        return insert_is_walled(at);
    if (skip(&at, "SELECT "))
        at = strstr(at, " FROM ");
    if (!at || !(skip(&at, " FROM ") || skip(&at, "UPDATE ") || skip(&at, "DELETE FROM ")))
        return false;
    return skip_name(&at, table, sizeof table) && where_is_walled(table, sql);
}

/* ---- taking a wall out ---- */

/* Every `column = ?` behind WHERE holds for all rows; binds stay as they are. False: there is none.
 */
static bool open_where(const char *sql, const char *column, char out[SQL_MAX])
{
    char wall[64];
    const char *where = strstr(sql, " WHERE ");
    size_t n = (size_t)snprintf(wall, sizeof wall, " %s = ?", column), used = 0;
    bool found = false;
    for (const char *at = sql; *at && used < SQL_MAX - 64;) {
        if (where && at >= where && !strncmp(at, wall, n)) {
            used += (size_t)snprintf(out + used, SQL_MAX - used, " (%s = ? OR 1 = 1)", column);
            at += n;
            found = true;
        } else
            out[used++] = *at++;
    }
    out[used] = '\0';
    return found;
}

/* An insert writes anna's tenant, or anna, instead of the scope's. */
static bool open_insert(const char *sql, const char *column, char out[SQL_MAX])
{
    bool is_tenant = !strcmp(column, "tenant_id");
    const char *values = strstr(sql, ") VALUES (?");
    if (!values ||
        (!is_tenant && !strstr(sql, "(tenant_id, user_id,") && !strstr(sql, ", user_id) VALUES")))
        return false;
    const char *first = values + strlen(") VALUES (");
    const char *mark = is_tenant ? first : first + strlen("?, ");
    snprintf(out, SQL_MAX, "%.*s%s%s", (int)(mark - sql), sql,
             is_tenant ? "1 + 0 * ?" : "IF(? = '', '', REPEAT('a', 16))", mark + 1);
    return true;
}

static bool mutate(const char *sql, const char *column, char out[SQL_MAX])
{
    return strncmp(sql, "INSERT ", 7) ? open_where(sql, column, out)
                                      : open_insert(sql, column, out);
}

/* ---- a child for each run: its own connections, fresh rows, and a memory of nobody ---- */

static void clear_rows(void)
{
    static const char *const tables[] = { "message",     "conversation", "turn",   "idempotency",
                                          "active_user", "usage_hour",   "budget", "user" };
    char sql[64];
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
        must(db, sql);
    }
}

static void run_child(bool learning)
{
    if (!freopen("/dev/null", "w", stdout))
        _exit(1);
    db = db_new(&root);
    worker = database_open_as("insula_worker");
    clear_rows();
    must(db, TWO_USERS);
    const char *sql = mutant.sql;
    mutant.sql = NULL; /* rows are made by the unchanged statements */
    is_learning = learning;
    strangers_prepare();
    mutant.sql = sql;
    strangers_try();
    _exit(tap_failed ? CAUGHT : 0);
}

/* Did a stranger complain? */
static bool is_caught(bool learning)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        run_child(learning);
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
        (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CAUGHT))
        bail_out("a run of the strangers broke off");
    return WEXITSTATUS(status) == CAUGHT;
}

/* It can be prepared: what a stranger complains of is rows, not a mistake in the words. */
static bool is_sql(const char *sql)
{
    return db_run(db, sql, NULL, 0, NULL, NULL, NULL, &err) == -1 &&
           !strcmp(err.message, "A statement has another number of values.");
}

static void each_wall_is_missed(void)
{
    static const char *const columns[] = { "tenant_id", "user_id" };
    long killed[2] = { 0, 0 }, tried[2] = { 0, 0 };
    for (size_t i = 0; i < learnt->count; i++)
        for (size_t c = 0; c < 2; c++) {
            if (!mutate(learnt->sql[i], columns[c], mutant.instead))
                continue;
            if (!is_sql(mutant.instead))
                bail_out(mutant.instead);
            mutant.sql = learnt->sql[i];
            bool caught = is_caught(false);
            tried[c]++;
            killed[c] += caught;
            if (!caught)
                printf("# nobody misses %s: %s\n", columns[c], mutant.instead);
        }
    bar("B11", "statements without their tenant that a stranger notices", killed[0], tried[0]);
    is_number(tried[0], (long long)learnt->count, "every statement lost its tenant once");
    bar("B11", "statements without their owner that a stranger notices", killed[1], tried[1]);
}

static void each_has_its_walls(void)
{
    long walled = 0;
    for (size_t i = 0; i < learnt->count; i++) {
        bool good = is_walled(learnt->sql[i]);
        walled += good;
        if (!good)
            printf("# not walled: %s\n", learnt->sql[i]);
    }
    bar("B11", "statements on tenants' tables that carry tenant and owner", walled,
        (long)learnt->count);
}

int main(int argc, char **argv)
{
    people_begin(argv);
    learnt = mmap(NULL, sizeof *learnt, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (learnt == MAP_FAILED)
        bail_out("memory");
    bool is_listing = argc > 1 && !strcmp(argv[1], "--list");
    ok(!is_caught(true), "with all walls up, no stranger complains");
    if (is_listing)
        for (size_t i = 0; i < learnt->count; i++)
            printf("%s\n", learnt->sql[i]);
    else {
        each_has_its_walls();
        each_wall_is_missed();
    }
    return people_end();
}
