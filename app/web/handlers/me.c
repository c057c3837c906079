/* Who I am, and what this month has cost. */
#include "handlers.h"

#include "base/clock.h"
#include "json/write.h"
#include "store/budgets.h"

/* The tenant's month, as far as a member may know it: what is left is what turns are refused by. */
static int write_budget(struct exchange *x, const struct tenant_scope *scope, struct json_writer *w,
                        struct error *err)
{
    struct budget budget;
    int64_t cap = x->tenant->monthly_budget < 0 ? BUDGET_UNLIMITED : x->tenant->monthly_budget;
    int32_t period = clock_period(clock_unix_ms());
    if (budget_find(scope, x->db, period, cap, x->arena, &budget, err) < 0)
        return -1;
    json_key(w, "budget");
    json_object_open(w);
    json_integer_member(w, "period", period);
    json_c_member(w, "currency", x->tenant->currency);
    json_key(w, "cap_micro");
    if (budget.cap < BUDGET_UNLIMITED)
        json_put_integer(w, budget.cap);
    else
        json_put_null(w);
    json_integer_member(w, "used_micro", budget.used);
    json_integer_member(w, "held_micro", budget.held);
    json_object_close(w);
    return 0;
}

int me_get(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    char id[ID_TEXT_MAX];
    const struct identity *me = &x->identity;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_c_member(w, "id", user_id_text(me->user, id));
    json_text_member(w, "name", me->name);
    json_text_member(w, "email", me->email);
    json_c_member(w, "role", me->role == ROLE_ADMIN ? "admin" : "member");
    json_c_member(w, "tenant", x->tenant->slug);
    if (write_budget(x, scope, w, err) < 0)
        return -1;
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
