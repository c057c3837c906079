/* Runs a program and kills it, `kill -9`, at a named point: when it has entered certain functions
 * in a certain order. For worker-killed.test.mjs; the program is the product's own, unmodified.
 *
 *     kill_at ORDERS FUNCTION,FUNCTION,... PROGRAM [WORD...]
 *
 * ORDERS is a file. While it says "turn_settlement sums_add", whichever program enters the first of
 * the functions is the one meant; when it then enters the last, it dies and the file says "killed
 * PID". A name twice means: at the second time. Every other text, and an empty or missing file,
 * means nothing.
 *
 * The program keeps the process id and the parent it would have without us: this process becomes
 * it, and a child of it stays behind to watch, for all its life. Breakpoints are set once, before
 * its first instruction, for it may make itself untouchable later (PR_SET_DUMPABLE). They stand on
 * `endbr64`, which does nothing, so one that was hit is passed by going on behind it. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define POINTS_MAX   32
#define ORDERS_BYTES 4096
#define ENDBR64      0xfa1e0ff3u
#define INT3         0xccu

struct point {
    const char *function;
    uint64_t at; /* in the file, then in the process */
};

static struct point points[POINTS_MAX];
static size_t point_count;
static const char *orders_file;

static void give_up(const char *words, const char *of)
{
    fprintf(stderr, "kill_at: %s %s: %s\n", words, of, strerror(errno));
    _exit(127);
}

/* ---- where the functions are ---- */
static void take_symbols(const char *file, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
    const Elf64_Sym *symbols = (const Elf64_Sym *)(const void *)(file + table->sh_offset);
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++)
        for (size_t k = 0; k < point_count; k++)
            if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC &&
                !strcmp(file + strings->sh_offset + symbols[i].st_name, points[k].function))
                points[k].at = symbols[i].st_value;
}

/* Returns the entry point, as the file has it. */
static uint64_t find_functions(const char *program)
{
    struct stat facts;
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) < 0)
        give_up("cannot open", program);
    char *file = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file == MAP_FAILED)
        give_up("cannot read", program);
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)file;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(const void *)(file + head->e_shoff);
    for (int i = 0; i < head->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB)
            take_symbols(file, &sections[i], &sections[sections[i].sh_link]);
    for (size_t k = 0; k < point_count; k++)
        if (!points[k].at)
            give_up("the program has no function", points[k].function);
    uint64_t entry = head->e_entry;
    munmap(file, (size_t)facts.st_size);
    close(fd);
    return entry;
}

/* ---- breakpoints ---- */
/* Where the kernel put the program's entry point. */
static uint64_t entry_of(pid_t pid)
{
    char path[64];
    uint64_t vector[2] = { AT_NULL, 0 };
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, vector, sizeof vector) == sizeof vector && vector[0] != AT_ENTRY)
        ;
    if (vector[0] != AT_ENTRY)
        give_up("no entry point in", path);
    close(fd);
    return vector[1];
}

static void set_breakpoints(pid_t pid, uint64_t entry_in_file)
{
    uint64_t moved = entry_of(pid) - entry_in_file;
    for (size_t k = 0; k < point_count; k++) {
        points[k].at += moved;
        errno = 0;
        long word = ptrace(PTRACE_PEEKTEXT, pid, points[k].at, NULL);
        if (errno || (uint32_t)word != ENDBR64)
            give_up("does not begin with endbr64:", points[k].function);
        word = (long)(((uint64_t)word & ~(uint64_t)0xff) | INT3);
        if (ptrace(PTRACE_POKETEXT, pid, points[k].at, word) < 0)
            give_up("no breakpoint in", points[k].function);
    }
}

/* ---- orders ---- */
/* What the orders are once this function is entered; false: as they were. Orders that a process has
 * begun with stand behind "@PID ". */
static bool follow(const char *orders, pid_t pid, const char *function, char *next)
{
    int owner = 0, begin = 0;
    if (sscanf(orders, "@%d %n", &owner, &begin) == 1 && owner != pid)
        return false;
    size_t length = strlen(function);
    const char *rest = orders + begin + length;
    if (strncmp(orders + begin, function, length) != 0 || (*rest != ' ' && *rest != '\0'))
        return false;
    if (*rest == ' ')
        snprintf(next, ORDERS_BYTES, "@%d %s", (int)pid, rest + 1);
    else
        snprintf(next, ORDERS_BYTES, "killed %d", (int)pid);
    return true;
}

/* The test writes only where nothing, or "killed", stands; so an order is changed by us alone. */
static bool must_die(pid_t pid, const char *function)
{
    char orders[ORDERS_BYTES] = "", next[ORDERS_BYTES] = "";
    int fd = open(orders_file, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    flock(fd, LOCK_EX);
    if (pread(fd, orders, sizeof orders - 1, 0) > 0 && follow(orders, pid, function, next)) {
        size_t length = strlen(next);
        if (pwrite(fd, next, length, 0) != (ssize_t)length || ftruncate(fd, (off_t)length) < 0)
            give_up("cannot write", orders_file);
    }
    close(fd);
    return *next == 'k';
}

/* ---- watching ---- */
static const struct point *point_at(uint64_t address)
{
    for (size_t k = 0; k < point_count; k++)
        if (points[k].at == address)
            return &points[k];
    return NULL;
}

/* Returns the signal that the thread shall go on with. */
static int on_stop(pid_t pid, pid_t thread, int status)
{
    int signal_number = WSTOPSIG(status);
    struct user_regs_struct registers;
    if (status >> 16 != 0) /* a new thread, or the program's beginning */
        return 0;
    if (signal_number != SIGTRAP || ptrace(PTRACE_GETREGS, thread, NULL, &registers) < 0)
        return signal_number;
    const struct point *point = point_at(registers.rip - 1);
    if (!point)
        return signal_number;
    if (must_die(pid, point->function))
        kill(pid, SIGKILL);
    registers.rip = point->at + sizeof(uint32_t);
    ptrace(PTRACE_SETREGS, thread, NULL, &registers);
    return 0;
}

static _Noreturn void watch(pid_t pid, uint64_t entry_in_file)
{
    int status;
    pid_t thread;
    bool began = false;
    while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (thread < 0 || !WIFSTOPPED(status))
            continue;
        if (!began && status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
            began = true;
            set_breakpoints(pid, entry_in_file);
        }
        int passed_on = on_stop(pid, thread, status);
        ptrace(PTRACE_CONT, thread, NULL, passed_on);
    }
    _exit(0);
}

/* Signals for the whole group are not for the watcher: it ends with the program. */
static _Noreturn void watcher_run(pid_t pid, int ready, uint64_t entry_in_file)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE) < 0)
        give_up("ptrace is not allowed;", orders_file);
    if (write(ready, "x", 1) != 1)
        give_up("nobody to watch for", orders_file);
    close(ready);
    watch(pid, entry_in_file);
}

static void watcher_start(uint64_t entry_in_file)
{
    int ready[2];
    char byte;
    pid_t pid = getpid();
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where Yama would forbid it */
    pid_t watcher = pipe2(ready, O_CLOEXEC) < 0 ? -1 : fork();
    if (watcher < 0)
        give_up("no watcher for", orders_file);
    if (watcher == 0)
        watcher_run(pid, ready[1], entry_in_file);
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        give_up("not watched:", orders_file);
    close(ready[0]);
}

int main(int count, char **words)
{
    if (count < 4) {
        fprintf(stderr, "usage: kill_at ORDERS FUNCTION,... PROGRAM [WORD...]\n");
        return 2;
    }
    orders_file = words[1];
    char *rest = NULL;
    for (char *name = strtok_r(words[2], ",", &rest); name && point_count < POINTS_MAX;
         name = strtok_r(NULL, ",", &rest))
        points[point_count++].function = name;
    watcher_start(find_functions(words[3]));
    execv(words[3], words + 3);
    give_up("cannot run", words[3]);
}
