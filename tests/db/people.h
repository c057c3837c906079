/* Two tenants with people, the scopes they come with, and the workers' own account: for the tests
 * of what is stored. */
#ifndef INSULA_TESTS_DB_PEOPLE_H
#define INSULA_TESTS_DB_PEOPLE_H

#include "base/log.h"
#include "scope_new.h"

#include <time.h>

#include "singly.h"

#include "database.h" /* last: its `db` would shadow parameters */

#define NO_UUID ((struct uuid){ { 0 } })

static struct db *worker; /* the account that the workers have: what it may not do fails here too */

static inline struct user_id user_of(char letter)
{
    struct user_id id;
    memset(&id, letter, sizeof id);
    return id;
}

static inline const struct tenant_scope *scope_of(uint32_t tenant, char letter)
{
    return scope_new(arena, (struct tenant_id){ tenant }, user_of(letter), ROLE_MEMBER);
}

/* After database_begin and database_migrate: people as in TWO_USERS, and the workers' account. */
static inline void people_make(void)
{
    must(db, "CREATE USER IF NOT EXISTS insula_worker");
    must(db, "CREATE USER IF NOT EXISTS insula_operator");
    if (db_run_file(db, "schema/grants.sql", &err) != 0)
        bail_out("grants");
    must(db, TWO_TENANTS);
    must(db, TWO_USERS);
    worker = database_open_as("insula_worker");
}

static inline void people_begin(char **argv)
{
    database_begin(argv);
    log_open("/dev/null", &err); /* losses and alarms are meant here */
    database_migrate();
    people_make();
}

static inline int people_end(void)
{
    db_free(&worker);
    return database_end();
}

/* Did a call fail, and just so? */
static inline bool failed_as(int rc, enum error_kind kind, const char *code)
{
    bool is_so = rc == -1 && err.kind == kind && !strcmp(err.code, code);
    if (!is_so)
        printf("# rc %d, kind %d, code %s, %s; %s\n", rc, (int)err.kind, err.code ? err.code : "",
               err.message, err.log);
    return is_so;
}

static inline bool worked(int rc)
{
    if (rc != 0)
        printf("# %s %s; %s\n", err.code, err.message, err.log);
    return rc == 0;
}

/* Every row of a request's tables, as a checksum a table: the same text means nothing was changed.
 */
static inline const char *all_rows(void)
{
    struct rows rows;
    if (db_run(db,
               "CHECKSUM TABLE user, conversation, message, turn, budget, usage_hour, active_user,"
               " idempotency EXTENDED",
               NULL, 0, arena, &rows, NULL, &err) != 0)
        bail_out("checksum");
    const char *all = "";
    for (size_t i = 0; i < rows.count; i++)
        all =
            arena_printf(arena, "%s %s=%llx", all, strchr(rows_at(&rows, i, 0)->bytes.at, '.') + 1,
                         (unsigned long long)rows_at(&rows, i, 1)->integer);
    return all;
}

static inline void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* `count` bytes of one letter, in the arena. */
static inline struct str letters(char letter, size_t count)
{
    char *at = arena_alloc(arena, count + 1);
    memset(at, letter, count);
    return (struct str){ at, count };
}

#endif
