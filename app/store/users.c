/* The caller's own row, for admin lists, foreign keys and daily active users. */
#include "store/users.h"

#include "query/query.h"
#include "base/clock.h"

/* Direct-mapped, per thread: who was written in which hour, as which role. */
#define SEEN_SLOTS 1024
struct seen {
    struct user_id user;
    int32_t hour;
    enum role role;
};
static _Thread_local struct seen seen_slots[SEEN_SLOTS];

static struct seen *seen_slot(struct user_id user)
{
    return &seen_slots[(user.v.b[0] << 8 | user.v.b[1]) % SEEN_SLOTS];
}

static bool seen_lately(struct user_id user, int32_t hour, enum role role)
{
    const struct seen *slot = seen_slot(user);
    return user_id_equal(slot->user, user) && slot->hour == hour && slot->role == role;
}

static struct str role_text(enum role role)
{
    return role == ROLE_ADMIN ? STR("admin") : STR("member");
}

static int user_make(const struct tenant_scope *scope, struct db *db,
                     const struct identity *identity, int64_t now_unix_ms, struct error *err)
{
    int64_t changed;
    return query_insert(scope, db,
                        &(struct insert){
                            .into = schema.user.table,
                            .values = { set(schema.user.issuer, identity->issuer),
                                        set(schema.user.subject, identity->subject),
                                        set(schema.user.name, identity->name),
                                        set(schema.user.email, identity->email),
                                        set(schema.user.role, role_text(identity->role)),
                                        set(schema.user.created_ms, now_unix_ms),
                                        set(schema.user.seen_ms, now_unix_ms) },
                            .unless_there = true,
                        },
                        &changed, err);
}

static int user_refresh(const struct tenant_scope *scope, struct db *db,
                        const struct identity *identity, int64_t now_unix_ms, struct error *err)
{
    int64_t changed;
    return query_update(
        scope, db,
        &(struct update){
            .table = schema.user.table,
            .row = { eq(schema.user.user_id, scope_user(scope)) },
            .set = { set(schema.user.name, identity->name), set(schema.user.email, identity->email),
                     set(schema.user.role, role_text(identity->role)),
                     set(schema.user.seen_ms, now_unix_ms) },
        },
        &changed, err);
}

int user_seen(const struct tenant_scope *scope, struct db *db, const struct identity *identity,
              int64_t now_unix_ms, struct error *err)
{
    struct user_id user = scope_user(scope);
    int32_t hour = clock_hour(now_unix_ms);
    if (seen_lately(user, hour, identity->role))
        return 0;
    if (user_make(scope, db, identity, now_unix_ms, err) < 0 ||
        user_refresh(scope, db, identity, now_unix_ms, err) < 0)
        return -1;
    *seen_slot(user) = (struct seen){ user, hour, identity->role };
    return 0;
}
