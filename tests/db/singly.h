/* What the product writes for many turns at once, here for one: short ways for tests. */
#ifndef INSULA_TESTS_DB_SINGLY_H
#define INSULA_TESTS_DB_SINGLY_H

#include "db/db.h"
#include "store/budgets.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/responses.h"
#include "store/turns.h"
#include "store/usage.h"

/* Runs what was collected, if it was; how many rows were changed. */
static inline int run_one(struct many *one, struct db *on, int collected, int64_t *changed,
                          struct error *e)
{
    int rc = collected < 0 ? -1 : db_run_many(on, one, changed, e);
    arena_free(&one->arena);
    return rc;
}

#define SINGLY(on, e, collect)                                                                     \
    struct many one = { .arena = arena_new(1 << 20) };                                             \
    int64_t changed = 0;                                                                           \
    int rc = run_one(&one, on, collect, &changed, e);

static inline int message_append(const struct tenant_scope *scope, struct db *on,
                                 struct conversation_id conversation, const struct message *m,
                                 struct error *e)
{
    SINGLY(on, e, messages_append(&one, scope, conversation, m, e))
    return rc;
}

static inline int conversation_advance(const struct tenant_scope *scope, struct db *on,
                                       struct conversation_id id, struct message_id leaf,
                                       struct str model, int64_t now_unix_ms, struct error *e)
{
    SINGLY(on, e, conversations_advance(&one, scope, id, leaf, model, now_unix_ms, e))
    return rc;
}

static inline int response_add(const struct tenant_scope *scope, struct db *on,
                               const struct response_row *row, struct error *e)
{
    SINGLY(on, e, responses_add(&one, scope, row, e))
    return rc;
}

static inline int turn_open(const struct tenant_scope *scope, struct db *on,
                            const struct turn_row *row, struct str sealed, struct error *e)
{
    SINGLY(on, e, turns_open(&one, scope, row, sealed, e))
    return rc;
}

static inline int turn_close(const struct tenant_scope *scope, struct db *on,
                             const struct turn_row *row, bool *settled, struct error *e)
{
    SINGLY(on, e, turns_close(&one, scope, row, e))
    *settled = changed > 0;
    return rc;
}

static inline int budget_hold(const struct tenant_scope *scope, struct db *on, int32_t period,
                              int64_t amount, bool *taken, struct error *e)
{
    SINGLY(on, e, budgets_hold(&one, scope, period, amount, 0, e))
    *taken = changed > 0;
    return rc;
}

static inline int budget_settle(const struct tenant_scope *scope, struct db *on, int32_t period,
                                int64_t hold, int64_t cost, struct error *e)
{
    SINGLY(on, e, budgets_settle(&one, scope, period, hold, cost, e))
    return rc;
}

static inline int usage_add(const struct tenant_scope *scope, struct db *on, int32_t hour,
                            struct str model, const struct usage_sum *sum, struct error *e)
{
    SINGLY(on, e, usages_add(&one, scope, hour, model, sum, e))
    return rc;
}

static inline int active_user_add(const struct tenant_scope *scope, struct db *on, int32_t day,
                                  struct error *e)
{
    SINGLY(on, e, active_users_add(&one, scope, day, e))
    return rc;
}

#endif
