/* The lines before the desks: nobody waits behind another tenant's crowd, nobody is forgotten. */
#include "worker/line.h"
#include "worker/fair.h"
#include "scope_new.h"
#include "tap.h"

#include <pthread.h>
#include <stdatomic.h>

static struct arena *arena;
static struct error err;

static struct exchange *of_tenant(uint32_t n)
{
    static const struct user_id user = { { "0123456789abcdef" } };
    struct exchange *x = arena_new_of(arena, struct exchange);
    x->scope = scope_new(arena, (struct tenant_id){ n }, user, ROLE_MEMBER);
    return x;
}

static uint32_t tenant_of(const struct exchange *x)
{
    return x ? scope_tenant(x->scope).v : 0;
}

static bool enters(struct line *line, struct exchange *x)
{
    bool now = false;
    line_back(line);
    is_number(line_enter(line, x, &now, &err), 0, "it may enter");
    return now;
}

static void leaves(struct line *line, uint32_t tenant)
{
    line_leave(line, (struct tenant_id){ tenant });
}

static void to_the_door(struct line *line, int desks)
{
    for (int i = 0; i < desks; i++)
        ok(!line_next(line, false), "nobody waits: to the door");
}

static void a_crowd_leaves_the_door_open(void)
{
    struct line *line = line_new();
    to_the_door(line, 3);
    ok(enters(line, of_tenant(1)) && enters(line, of_tenant(1)),
       "a tenant alone may have all desks");
    ok(!enters(line, of_tenant(1)), "but the last");
    ok(!line_next(line, false), "which goes back to the door");
    ok(enters(line, of_tenant(2)), "and serves who comes from another tenant");
    leaves(line, 1);
    ok(!line_next(line, false), "a desk that is free goes to the door while nobody is there");
    leaves(line, 2);
    is_number(tenant_of(line_next(line, true)), 1,
              "who served from the door is owed one who waits");
    leaves(line, 1);
    leaves(line, 1);
    ok(!line_next(line, true), "then nobody waits");
    line_free(&line);
    ok(!line, "freed is NULL");
    line_free(&line);
}

static void tenants_take_turns(void)
{
    struct line *line = line_new();
    static const uint32_t come[] = { 1, 1, 1, 1, 2, 3, 3 }, served[] = { 1, 2, 3, 1, 3, 1, 1, 0 };
    struct exchange *first = of_tenant(1);
    for (uint32_t n = 1; n <= 3; n++) { /* each has one at a desk, so that its others wait */
        to_the_door(line, 1);
        enters(line, of_tenant(n));
    }
    for (size_t i = 0; i < sizeof come / sizeof *come; i++) {
        to_the_door(line, 1);
        ok(!enters(line, i ? of_tenant(come[i]) : first), "the others wait");
    }
    for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
        struct exchange *x = line_next(line, true);
        is_number(tenant_of(x), served[i], "number %zu", i);
        ok(i != 0 || x == first, "who came first is served first");
    }
    line_back(line);
    line_free(&line);
}

static void a_line_has_an_end(void)
{
    struct line *line = line_new();
    int waiting = 0, status = 0;
    bool now;
    for (uint32_t n = 1; n <= 5; n++)
        line_enter(line, of_tenant(n), &now, &err);
    while (status == 0 && waiting < 1000000) {
        status = line_enter(line, of_tenant(1), &now, &err);
        waiting += status == 0;
    }
    is_number(waiting, FAIR_TENANT_BYTES / FAIR_EACH_BYTES, "so many of one tenant wait");
    ok(err.kind == ERROR_LIMIT && !strcmp(err.code, "tenant_busy") && err.retry_after_ms > 0,
       "one more is the tenant's limit, worth a retry");
    for (uint32_t n = 2; n <= 4; n++) {
        struct exchange *large = of_tenant(n);
        large->request.body.len = FAIR_TENANT_BYTES - FAIR_EACH_BYTES;
        is_number(line_enter(line, large, &now, &err), 0, "bodies count");
    }
    is_number(line_enter(line, of_tenant(5), &now, &err), -1, "the house has an end too");
    ok(err.kind == ERROR_UNAVAILABLE && !strcmp(err.code, "house_busy") && err.retry_after_ms > 0,
       "which is another error");
    for (struct exchange *x; (x = line_next(line, true)); waiting--)
        leaves(line, tenant_of(x));
    is_number(waiting, -3, "all that were let in are served");
    line_back(line);
    line_enter(line, of_tenant(1), &now, &err);
    is_number(line_enter(line, of_tenant(1), &now, &err), 0, "then others may wait again");
    ok(line_next(line, true) != NULL, "and are served");
    while (line_next(line, true))
        ; /* the line is freed when nobody waits */
    line_free(&line);
}

/* ---- desks ---- */

enum { DESKS = 4, REQUESTS = 20000, TENANTS = 5 };

static struct line *shared;
static struct exchange *requests[REQUESTS];
static atomic_int came, served, refused, twice;

static void serve(struct exchange *x)
{
    uint32_t tenant = tenant_of(x);
    atomic_fetch_add(&twice, x->has_slot);
    x->has_slot = true;
    atomic_fetch_add(&served, 1);
    leaves(shared, tenant);
}

static void *desk(void *arg)
{
    (void)arg;
    struct error why;
    bool is_owed = false, now;
    for (;;) {
        struct exchange *x = line_next(shared, is_owed);
        is_owed = false;
        if (x) {
            serve(x);
            continue;
        }
        int next = atomic_fetch_add(&came, 1);
        line_back(shared);
        if (next >= REQUESTS)
            break;
        if (line_enter(shared, requests[next], &now, &why) < 0)
            atomic_fetch_add(&refused, 1);
        else if (now) {
            serve(requests[next]);
            is_owed = true;
        }
    }
    for (struct exchange *x; (x = line_next(shared, true));)
        serve(x);
    line_back(shared);
    return NULL;
}

static void desks_serve_all_once(void)
{
    pthread_t threads[DESKS];
    for (int i = 0; i < REQUESTS; i++)
        requests[i] = of_tenant(i % 3 ? 1 : 1 + (uint32_t)i / 3 % TENANTS);
    shared = line_new();
    for (int i = 0; i < DESKS; i++)
        pthread_create(&threads[i], NULL, desk, NULL);
    for (int i = 0; i < DESKS; i++)
        pthread_join(threads[i], NULL);
    is_number(served + refused, REQUESTS, "four desks serve all who come, or say no");
    is_number(twice, 0, "each once");
    line_free(&shared);
}

int main(void)
{
    arena = arena_new(256 << 20);
    a_crowd_leaves_the_door_open();
    tenants_take_turns();
    a_line_has_an_end();
    desks_serve_all_once();
    arena_free(&arena);
    return done();
}
