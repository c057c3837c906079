/* Runs a desk's thread. */
#include "worker/desk.h"

#include "base/thread.h"
#include "db/db.h"
#include "web/admit.h"
#include "web/fcgi.h"
#include "web/router.h"

#include <pthread.h>
#include <signal.h>

#define SEND_STALL_MS   30000
#define SIGNAL_AGAIN_MS 10

struct desk {
    pthread_t thread;
    const struct house *house;
    struct line *line;
    struct gate *gate;
    struct queue *relay;
    struct db *db;
    int listen_fd;
    bool is_owed;
    atomic_bool stopping;
};

static void answer(struct exchange *x)
{
    respond_send(x);
    client_drain(&x->client, SEND_STALL_MS);
    exchange_end(&x);
}

static void pass_on(struct desk *desk, struct exchange *x)
{
    if (x->next == NEXT_ANSWER)
        answer(x);
    else
        queue_push(desk->relay, x);
}

/* This one, and all that wait when nobody else admits them. */
static void admit(struct desk *desk, struct exchange *x)
{
    struct batch batch;
    struct error err;
    bool stays;
    if (gate_enter(desk->gate, x, &batch, &stays, &err) < 0) {
        respond_problem(x, &err);
        answer(x);
        return;
    }
    while (stays && gate_take(desk->gate, &batch) > 0) {
        exchanges_admit(batch.list, batch.count, desk->db);
        for (size_t i = 0; i < batch.count; i++)
            pass_on(desk, batch.list[i]);
    }
}

static void serve(struct desk *desk, struct exchange *x)
{
    struct tenant_id tenant = scope_tenant(x->scope);
    x->db = desk->db;
    route_finish(x);
    x->db = NULL;
    if (x->next == NEXT_ADMIT)
        admit(desk, x);
    else
        pass_on(desk, x);
    line_leave(desk->line, tenant);
}

/* Who asks is found out at the door; what that costs is little, so nobody waits long behind others.
 */
static void welcome(struct desk *desk, struct exchange *x)
{
    struct error err;
    bool now;
    x->db = desk->db;
    bool is_answered = !route_begin(x);
    x->db = NULL;
    if (is_answered)
        answer(x);
    else if (line_enter(desk->line, x, &now, &err) < 0) {
        respond_problem(x, &err);
        answer(x);
    } else if (now) {
        serve(desk, x);
        desk->is_owed = true;
    }
}

/* The exchange is made when somebody is there: it begins with the configuration of that moment. */
static void open_door(struct desk *desk)
{
    int peer_uid = atomic_load(&desk->house->config)->worker.peer_uid;
    int fd = fcgi_wait(desk->listen_fd, DESK_SIGNAL, peer_uid), request_id = 0;
    line_back(desk->line);
    if (fd < 0)
        return;
    struct error err;
    struct exchange *x = exchange_new(desk->house);
    int taken = fcgi_read(fd, (size_t)x->config->limits.body_bytes, x->arena, &x->request,
                          &request_id, &err);
    if (taken != 0)
        exchange_open(x, fd, request_id);
    if (taken > 0)
        welcome(desk, x);
    else if (taken < 0) {
        route_quarter(x);
        respond_problem(x, &err);
        answer(x);
    } else
        exchange_end(&x);
}

static void work(struct desk *desk)
{
    struct exchange *x = line_next(desk->line, desk->is_owed);
    desk->is_owed = false;
    if (x)
        serve(desk, x);
    else
        open_door(desk);
}

static void *desk_run(void *arg)
{
    struct desk *desk = arg;
    while (!atomic_load(&desk->stopping))
        work(desk);
    for (struct exchange *x; (x = line_next(desk->line, true));)
        serve(desk, x); /* whom the door let in, nobody else will */
    line_back(desk->line);
    return NULL;
}

int desk_start(const struct house *house, struct line *line, struct gate *gate, struct queue *relay,
               int listen_fd, struct desk **out, struct error *err)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        abort();
    desk->house = house;
    desk->line = line;
    desk->gate = gate;
    desk->relay = relay;
    desk->listen_fd = listen_fd;
    desk->db = db_new(&atomic_load(&house->config)->database);
    if (pthread_create(&desk->thread, NULL, desk_run, desk) != 0) {
        db_free(&desk->db);
        free(desk);
        return fail(err, ERROR_INTERNAL, "thread", "A desk's thread cannot be started.");
    }
    *out = desk;
    return 0;
}

void desk_stop(struct desk **desk)
{
    atomic_store(&(*desk)->stopping, true);
    /* The signal may come just before the waiting begins: it is sent until the thread is gone. */
    do
        pthread_kill((*desk)->thread, DESK_SIGNAL);
    while (!thread_join_within((*desk)->thread, SIGNAL_AGAIN_MS));
    db_free(&(*desk)->db);
    free(*desk);
    *desk = NULL;
}
