/* Starts a worker's threads, waits for signals, stops them in order. */
#include "worker/worker.h"

#include "base/breakers.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/transfer.h"
#include "web/fcgi.h"
#include "worker/desk.h"
#include "worker/ledger.h"
#include "worker/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#define DOUBT_MS         5000
#define CONFIG_MAX_BYTES (1 << 20)

/* A configuration that was read later than the first; it lies in its own arena. */
struct kept {
    struct arena *arena;
    struct kept *next;
};

struct worker {
    struct house house;
    struct kept *kept;
    struct arena *arena; /* of the first configuration and what is made of it */
    const char *config_path;
    struct ledger *ledger;
    struct relay *relay;
    struct line *line;
    struct gate *gate;
    struct desk *desks[DESKS_MAX];
    int desk_count;
};

static int config_load(const char *path, struct arena *arena, const struct config **out,
                       struct error *err)
{
    struct config *config = arena_new_of(arena, struct config);
    struct text problems = text_make(CONFIG_MAX_BYTES);
    int status = config_read(arena, path, config, &problems, err);
    if (status < 0)
        log_event(LOG_ERROR, "config.refused", "%.*s", STR_ARGS(text_str(&problems)));
    text_free(&problems);
    *out = config;
    return status;
}

/* Exchanges under way keep the configuration they began with, so old ones live until the worker
 * ends; they are small and a reload is rare. */
static void keep(struct worker *worker, struct arena *arena)
{
    struct kept *kept = arena_new_of(arena, struct kept);
    *kept = (struct kept){ arena, worker->kept };
    worker->kept = kept;
}

static void reload(struct worker *worker)
{
    const struct config *config;
    struct address_rules *rules;
    struct error err;
    struct arena *arena = arena_new(CONFIG_MAX_BYTES);
    if (config_load(worker->config_path, arena, &config, &err) < 0 ||
        address_rules_read(arena, config->upstream.allow, &rules, &err) < 0 ||
        log_open(config->log.file, &err) < 0) {
        log_event(LOG_ERROR, "config.kept", "%s", err.message);
        arena_free(&arena);
        return;
    }
    keep(worker, arena);
    net_judge_by(rules);
    atomic_store(&worker->house.config, config);
    log_event(LOG_INFO, "config.read", "the configuration was read again");
}

static void on_signal(int signal_number)
{
    (void)signal_number;
}

/* Every thread blocks every signal; this one takes them by waiting. */
static void signals_prepare(sigset_t *waited)
{
    struct sigaction interrupt = { .sa_handler = on_signal };
    sigaction(DESK_SIGNAL, &interrupt, NULL);
    sigemptyset(waited);
    static const int taken[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGHUP, SIGUSR2 };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        sigaddset(waited, taken[i]);
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static int house_open(struct worker *worker, struct error *err)
{
    struct house *house = &worker->house;
    const struct config *config;
    if (config_load(worker->config_path, worker->arena, &config, err) < 0)
        return -1;
    atomic_init(&house->config, config);
    struct address_rules *rules;
    if (log_open(config->log.file, err) < 0 || metrics_open(config->worker.run_dir, err) < 0 ||
        breakers_open(config->worker.run_dir, true, err) < 0 ||
        address_rules_read(worker->arena, config->upstream.allow, &rules, err) < 0 ||
        net_init(rules, config->upstream.ca_file, err) < 0 ||
        spool_prepare(config->spool.dir, err) < 0 ||
        directory_new(config->keys.file, &house->directory, err) < 0 ||
        auth_new(house->directory, &house->auth, err) < 0)
        return -1;
    house->slots = slots_new();
    house->chat = (struct chat){ config->spool.dir, house->auth, DOUBT_MS };
    return 0;
}

static int threads_start(struct worker *worker, int listen_fd, struct error *err)
{
    struct house *house = &worker->house;
    int desks = atomic_load(&house->config)->worker.desks;
    if (ledger_start(house, &worker->ledger, err) < 0 ||
        relay_start(house, ledger_queue(worker->ledger), &worker->relay, err) < 0)
        return -1;
    worker->line = line_new();
    worker->gate = gate_new();
    for (int i = 0; i < desks && i < DESKS_MAX; i++, worker->desk_count++)
        if (desk_start(house, worker->line, worker->gate, relay_queue(worker->relay), listen_fd,
                       &worker->desks[i], err) < 0)
            return -1;
    return 0;
}

static void wait_for_the_end(struct worker *worker, const sigset_t *waited)
{
    for (;;) {
        int got = 0;
        if (sigwait(waited, &got) != 0)
            continue;
        if (got != SIGHUP && got != SIGUSR2)
            return;
        reload(worker);
    }
}

static void threads_stop(struct worker *worker)
{
    int grace_ms = atomic_load(&worker->house.config)->worker.drain_seconds * 1000;
    for (int i = 0; i < worker->desk_count; i++)
        desk_stop(&worker->desks[i]);
    line_free(&worker->line);
    gate_free(&worker->gate);
    relay_stop(&worker->relay, grace_ms);
    ledger_stop(&worker->ledger);
}

static void house_close(struct worker *worker)
{
    auth_free(&worker->house.auth);
    directory_free(&worker->house.directory);
    slots_free(&worker->house.slots);
    for (struct kept *kept = worker->kept, *next; kept; kept = next) {
        struct arena *arena = kept->arena;
        next = kept->next;
        arena_free(&arena);
    }
    arena_free(&worker->arena);
}

int worker_run(const char *config_path, int listen_fd, struct error *err)
{
    sigset_t waited;
    struct worker worker = { .arena = arena_new(CONFIG_MAX_BYTES), .config_path = config_path };
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (fcgi_init(err) < 0)
        return -1;
    signals_prepare(&waited);
    if (house_open(&worker, err) < 0 || threads_start(&worker, listen_fd, err) < 0)
        return -1;
    log_event(LOG_INFO, "worker.started", "%d desks", worker.desk_count);
    wait_for_the_end(&worker, &waited);
    threads_stop(&worker);
    log_event(LOG_INFO, "worker.stopped", "all turns settled or left to recovery");
    house_close(&worker);
    metrics_close();
    return 0;
}
