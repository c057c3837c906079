/* Turns that were left behind, and passes of recovery over them at any hour. */
#ifndef INSULA_TESTS_DB_WRECKS_H
#define INSULA_TESTS_DB_WRECKS_H

#include "chats.h"

static inline int recover(void)
{
    err = (struct error){ 0 };
    int settled = recovery_run(&chat, worker, &err);
    if (settled < 0)
        printf("# %s %s; %s\n", err.code, err.message, err.log);
    return settled;
}

/* From now on the wall clock stands so much later than it is. */
static inline void later(int64_t ms)
{
    clock_set_unix_ms(0);
    if (ms)
        clock_set_unix_ms(clock_unix_ms() + ms);
}

/* Everything is as at the beginning. */
static inline void anew(void)
{
    later(0);
    nftw(spool_dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
    if (spool_prepare(spool_dir, &err) != 0)
        bail_out("spool");
    must(db, "DELETE FROM conversation");
    must(db, "DELETE FROM idempotency");
    must(db, "DELETE FROM active_user");
    budget_of_island(1000000);
    must(db, "DELETE FROM turn");
    must(db, "DELETE FROM usage_hour");
    must(db, "DELETE FROM budget");
}

static inline const char *path_of(const struct turn *turn)
{
    char id[ID_TEXT_MAX];
    return arena_printf(arena, "%s/%u/%s", spool_dir, scope_tenant(turn->scope).v,
                        turn_id_text(turn->id, id));
}

static inline const char *finished_path_of(const struct turn *turn)
{
    char id[ID_TEXT_MAX];
    return arena_printf(arena, "%s/finished/%u/%s", spool_dir, scope_tenant(turn->scope).v,
                        turn_id_text(turn->id, id));
}

static inline struct turn_row row_of(const struct turn *turn)
{
    struct turn_row row = { 0 };
    if (turn_find(turn->scope, worker, turn->id, arena, &row, &err) != 0)
        bail_out("row");
    return row;
}

static inline bool is_row(const struct turn *turn, const char *outcome, const char *code,
                          const char *source, int64_t in, int64_t out, int64_t cost)
{
    struct turn_row row = row_of(turn);
    bool same = row.settled && str_is(row.outcome, outcome) && str_is(row.code, code) &&
                str_is(row.usage_source, source) && row.tokens_in == in && row.tokens_out == out &&
                row.cost == cost;
    if (!same)
        printf("# settled %d, %s, %s, %s, %lld in, %lld out, cost %lld\n", row.settled,
               row.outcome.at, row.code.at, row.usage_source.at, (long long)row.tokens_in,
               (long long)row.tokens_out, (long long)row.cost);
    return same;
}

static inline const char *answer_of(const struct turn *turn)
{
    struct message m;
    if (message_find(turn->scope, worker, turn->conversation, turn->answer, arena, &m, &err) != 0)
        return err.code;
    return arena_printf(arena, "%.*s: %.*s", STR_ARGS(m.state), STR_ARGS(m.content));
}

/* A turn whose worker is gone: the lock is let go, no result is written. */
static inline struct turn *left_behind(const struct tenant_scope *scope, const char *bytes)
{
    struct turn *turn = admitted(scope, asking("hello"));
    relayed(turn, bytes);
    turn_free(turn);
    return turn;
}

#endif
