/* Commands and their options, declared as tables. Private to cli/. */
#ifndef INSULA_CLI_ARGUMENTS_H
#define INSULA_CLI_ARGUMENTS_H

#include "cli.h"

#define FLAGS_MAX 20
#define OPERANDS_MAX 3
#define REPEATS_MAX 32

struct arguments;

struct flag {
    const char *name;
    const char *value;   /* what stands behind it, as "URL"; NULL: nothing does; "NAME=VALUE...": it may
                            be given several times, which one option of a command may */
    const char *help;
};

struct command {
    const char *name;      /* "tenant create" */
    const char *operands;  /* "SLUG [NAME]" */
    const char *help;      /* one line */
    const struct flag *flags; /* ends with a NULL name; NULL: none */
    /* 0, or -1 with *err: the one sentence for standard error, and by its kind the exit code. */
    int (*run)(struct cli *cli, const struct arguments *args, struct error *err);
};

struct arguments {
    const struct command *command;
    const char *values[FLAGS_MAX];       /* beside command->flags; NULL: not given */
    const char *operands[OPERANDS_MAX];  /* NULL behind the last */
    const char *repeats[REPEATS_MAX];    /* values of the option that may stand several times */
    size_t repeat_count;
    bool wants_help;
};

/* Global options before the command; *next is the index of its first word. */
int globals_read(int argc, char **argv, struct cli *cli, bool *help_out, int *next,
                 struct error *err);
/* argv[0] is the command's last word. Global options are taken here too. */
int arguments_read(const struct command *command, int argc, char **argv, struct cli *cli,
                   struct arguments *out, struct error *err);
/* The value of an option of this command: NULL when not given, "" for one without a value. */
const char *flag_value(const struct arguments *args, const char *name);
void command_help(const struct command *command, FILE *out);

#endif
