/* Counters of all workers of one machine in one mapped file, for the /metrics page. */
#include "base/metrics.h"

#include "base/log.h"
#include "shared.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS       64
#define SLOT_VALUES 63 /* room for more metrics without a change of the file's form */
#define FILE_BYTES  (SLOTS * sizeof(struct slot))

struct slot {
    _Atomic int64_t pid;
    _Atomic int64_t values[SLOT_VALUES];
};
_Static_assert(METRIC__MAX <= SLOT_VALUES, "a slot holds every metric");

static struct slot alone;         /* counts until a slot is taken */
static struct slot *own = &alone; /* set once, before there are threads */
static struct slot *slots;        /* NULL: not opened */
static int slots_fd;

static const struct {
    const char *name, *kind, *help;
} about[] = {
#define METRIC_ABOUT(symbol, name, kind, help) { name, kind, help },
    METRICS(METRIC_ABOUT)
#undef METRIC_ABOUT
};

static bool is_gauge(int metric)
{
    return !strcmp(about[metric].kind, "gauge");
}

static struct flock slot_bytes(int slot)
{
    return (struct flock){ .l_type = F_WRLCK,
                           .l_whence = SEEK_SET,
                           .l_start = (off_t)slot * (off_t)sizeof(struct slot),
                           .l_len = sizeof(struct slot) };
}

/* A slot lives as long as somebody locks it; our own lock does not show to ourselves. */
static bool is_live(int slot)
{
    struct flock lock = slot_bytes(slot);
    return &slots[slot] == own || (!fcntl(slots_fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK);
}

static int file_map(const char *run_dir, struct error *err)
{
    void *map;
    if (shared_map(run_dir, "metrics", FILE_BYTES, true, &slots_fd, &map, err))
        return -1;
    slots = map;
    return 0;
}

static void report_lost(int slot)
{
    int64_t pid = atomic_exchange(&slots[slot].pid, 0);
    if (!pid)
        return;
    log_event(LOG_ALARM, "worker.lost", "worker %lld ended without saying so", (long long)pid);
    metrics_add(METRIC_WORKERS_LOST, 1);
}

static void take(int slot)
{
    own = &slots[slot];
    for (int m = 0; m < METRIC__MAX; m++)
        if (is_gauge(m))
            atomic_store(&own->values[m], 0);
}

/* The first free slot becomes ours; in all the free ones we look for who was lost. */
int metrics_open(const char *run_dir, struct error *err)
{
    if (file_map(run_dir, err))
        return -1;
    bool is_taken = false;
    for (int i = 0; i < SLOTS; i++) {
        struct flock lock = slot_bytes(i);
        bool is_worth_it = !is_taken || atomic_load(&slots[i].pid);
        if (!is_worth_it || fcntl(slots_fd, F_OFD_SETLK, &lock))
            continue;
        lock.l_type = F_UNLCK;
        if (!is_taken)
            take(i);
        report_lost(i);
        if (is_taken)
            fcntl(slots_fd, F_OFD_SETLK, &lock);
        is_taken = true;
    }
    if (is_taken) {
        atomic_store(&own->pid, getpid());
        return 0;
    }
    munmap(slots, FILE_BYTES);
    close(slots_fd);
    slots = NULL;
    return fail(err, ERROR_UNAVAILABLE, "metrics", "all %d metrics slots are taken", SLOTS);
}

void metrics_close(void)
{
    atomic_store(&own->pid, 0);
}

void metrics_add(enum metric metric, int64_t n)
{
    atomic_fetch_add_explicit(&own->values[metric], n, memory_order_relaxed);
}

static int64_t sum(int metric)
{
    if (!slots)
        return atomic_load(&own->values[metric]);
    int64_t total = 0;
    for (int i = 0; i < SLOTS; i++) {
        if (!is_gauge(metric) || is_live(i))
            total += atomic_load(&slots[i].values[metric]);
    }
    return total;
}

void metrics_write(struct text *out)
{
    for (int m = 0; m < METRIC__MAX; m++) {
        text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", about[m].name, about[m].help, about[m].name,
                  about[m].kind);
        text_addf(out, "%s %lld\n", about[m].name, (long long)sum(m));
    }
}

int metrics_workers(int *pids, int max)
{
    int count = 0;
    for (int i = 0; slots && i < SLOTS && count < max; i++) {
        if (is_live(i))
            pids[count++] = (int)atomic_load(&slots[i].pid);
    }
    return count;
}
