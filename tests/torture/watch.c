/* Keeps some workers running, as multiwatch does, and writes down how each of them ends:
 *   spawn-fcgi -n -s SOCKET -- watch COUNT LOG PROGRAM ARGUMENT…
 * A line "PID exit 71" or "PID signal 11" for each in LOG. SIGTERM ends it and the workers.
 * TRIP_PRELOAD is what the workers, and nobody else, get as LD_PRELOAD. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void on_stop(int signal_number)
{
    (void)signal_number;
    if (!stopping++) /* the workers are of our group, and so are we */
        kill(0, SIGTERM);
}

static void start(char **program)
{
    if (fork() != 0)
        return;
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("LD_PRELOAD", getenv("TRIP_PRELOAD"), 1);
    execv(program[0], program);
    _exit(127);
}

int main(int argc, char **argv)
{
    if (argc < 4 || !getenv("TRIP_PRELOAD") || setpgid(0, 0) < 0)
        return 2;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* out of its group, we would outlive the test */
    struct sigaction stop = { .sa_handler = on_stop };
    sigaction(SIGTERM, &stop, NULL);
    FILE *log = fopen(argv[2], "ae");
    if (!log)
        return 2;
    for (int i = strtol(argv[1], NULL, 10); i > 0; i--)
        start(argv + 3);
    for (int status;;) {
        pid_t ended = wait(&status);
        if (ended < 0 && stopping)
            return 0;
        if (ended < 0)
            continue;
        if (WIFSIGNALED(status))
            fprintf(log, "%d signal %d\n", (int)ended, WTERMSIG(status));
        else
            fprintf(log, "%d exit %d\n", (int)ended, WEXITSTATUS(status));
        fflush(log);
        if (!stopping)
            start(argv + 3);
    }
}
