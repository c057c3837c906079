/* Counters over several processes, one of which is killed. */
#include "base/metrics.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/insula-metrics-XXXXXX", path[64];
static struct error err;

/* The value of a metric on the page. */
static long long page_value(const char *name)
{
    struct text page = text_make(65536);
    char line[128];
    metrics_write(&page);
    snprintf(line, sizeof line, "\n%s ", name);
    const char *at = page.at ? strstr(page.at, line) : NULL;
    long long value = at ? atoll(at + strlen(line)) : -999;
    text_free(&page);
    return value;
}

/* A worker in a process of its own, which counts and then waits to be told. */
struct worker {
    pid_t pid;
    int orders, answers;
};

static void worker_life(int orders, int answers)
{
    char order = metrics_open(folder, &err) ? '!' : '.';
    do {
        if (order == 'c') {
            metrics_add(METRIC_REQUESTS, 5);
            metrics_add(METRIC_STREAMS, 3);
        }
        if (order == 'o')
            close(open(path, O_RDWR | O_CLOEXEC));
    } while (write(answers, &order, 1) == 1 && read(orders, &order, 1) == 1 && order != 'q');
    metrics_close();
    _exit(0);
}

static char tell(struct worker *w, char order)
{
    char answer = 0;
    if (write(w->orders, &order, 1) != 1 || read(w->answers, &answer, 1) != 1)
        return 0;
    return answer;
}

static struct worker worker_start(void)
{
    int orders[2], answers[2];
    char ready = 0;
    if (pipe2(orders, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
        exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        close(orders[1]);
        worker_life(orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    struct worker w = { pid, orders[1], answers[0] };
    if (read(w.answers, &ready, 1) != 1 || ready != '.')
        printf("# a worker got no slot\n");
    return w;
}

static void worker_end(struct worker *w, int with)
{
    kill(w->pid, with);
    waitpid(w->pid, NULL, 0);
    close(w->orders);
    close(w->answers);
}

static int has_pid(const int *pids, int n, pid_t pid)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        found += pids[i] == pid;
    return found == 1;
}

static void test_alone(void)
{
    int pids[4];
    metrics_add(METRIC_REQUESTS, 2);
    is_number(page_value("insula_requests_total"), 2, "before a file is open, this process counts");
    is_number(metrics_workers(pids, 4), 0, "and knows of no worker");
    ok(metrics_open("/nonexistent", &err) == -1 && err.kind == ERROR_UNAVAILABLE,
       "a folder that is not there is an error");
    is_number(page_value("insula_requests_total"), 2, "after which it counts alone as before");
}

/* Two forked processes, seen from this one, which has a slot too. */
static void test_two_and_a_kill(void)
{
    int pids[4];
    struct worker a = worker_start(), b = worker_start();
    ok(!metrics_open(folder, &err), "a third process takes a slot");
    ok(metrics_workers(pids, 4) == 3 && has_pid(pids, 3, a.pid) && has_pid(pids, 3, b.pid) &&
           has_pid(pids, 3, getpid()),
       "all three are live");
    tell(&a, 'o');
    ok(has_pid(pids, metrics_workers(pids, 4), a.pid), "opening the file elsewhere loses no slot");
    is_number(metrics_workers(pids, 2), 2, "no more pids than there is room for");
    tell(&a, 'c');
    tell(&b, 'c');
    tell(&b, 'c');
    metrics_add(METRIC_REQUESTS, 1);
    is_number(page_value("insula_requests_total"), 16, "counters are summed over the processes");
    is_number(page_value("insula_live_streams"), 9, "and so are gauges");
    worker_end(&b, SIGKILL);
    is_number(page_value("insula_requests_total"), 16, "a killed worker's counts stay");
    is_number(page_value("insula_live_streams"), 3, "its gauges do not");
    ok(metrics_workers(pids, 4) == 2 && !has_pid(pids, 2, b.pid), "it is not among the live");

    struct worker c = worker_start();
    struct stat about;
    is_number(page_value("insula_workers_lost_total"), 1, "its successor tells of it");
    is_number(page_value("insula_live_streams"), 3, "who takes its slot has gauges of zero");
    tell(&c, 'c');
    is_number(page_value("insula_requests_total"), 21, "and goes on from its counts");
    is_number(page_value("insula_live_streams"), 6, "and counts gauges anew");
    ok(metrics_workers(pids, 4) == 3 && has_pid(pids, 3, c.pid), "and is live");
    ok(!stat(path, &about) && about.st_size == 64 * 512 && (about.st_mode & 0777) == 0600,
       "the file is small, and its owner's alone");
    tell(&a, 'q');
    worker_end(&a, SIGTERM);
    worker_end(&c, SIGTERM);
    struct worker d = worker_start();
    is_number(page_value("insula_workers_lost_total"), 2,
              "who says goodbye is not lost, who is ended is");
    tell(&d, 'q');
    worker_end(&d, SIGTERM);
    is_number(page_value("insula_live_streams"), 0, "nobody left: no streams");
    is_number(page_value("insula_requests_total"), 21, "and no count lost");
    metrics_add(METRIC_STREAMS, 4);
    metrics_add(METRIC_STREAMS, -1);
    is_number(page_value("insula_live_streams"), 3, "a gauge goes down too");
}

static void test_full(void)
{
    struct worker workers[63];
    int pids[70], status = 0;
    for (int i = 0; i < 63; i++)
        workers[i] = worker_start();
    is_number(metrics_workers(pids, 70), 64, "64 processes have slots");
    pid_t child = fork();
    if (child == 0)
        _exit(metrics_open(folder, &err) == -1 && err.kind == ERROR_UNAVAILABLE ? 7 : 8);
    waitpid(child, &status, 0);
    is_number(WEXITSTATUS(status), 7, "the 65th is told that there is none");
    for (int i = 0; i < 63; i++)
        worker_end(&workers[i], SIGKILL);
    is_number(metrics_workers(pids, 70), 1, "killed, they are all gone");
}

static void test_page(void)
{
    struct text page = text_make(65536);
    int metrics = 0;
    metrics_write(&page);
#define IS_THERE(symbol, name, kind, help)                                                         \
    {                                                                                              \
        static const char want[] =                                                                 \
            "# HELP " name " " help "\n# TYPE " name " " kind "\n" name " ";                       \
        metrics += strstr(page.at, want) != NULL;                                                  \
    }
    METRICS(IS_THERE)
    is_number(metrics, METRIC__MAX, "every metric has its help, its type and its value");
    ok(page.at[page.len - 1] == '\n', "the page ends with a line's end");
    text_free(&page);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/metrics", folder);
    test_alone();
    test_two_and_a_kill();
    test_full();
    test_page();
    unlink(path);
    rmdir(folder);
    return done();
}
