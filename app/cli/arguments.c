/* Reads the command line by the commands' own tables, and prints each command's help from them. */
#include "arguments.h"

#include <getopt.h>
#include <stdlib.h>

enum { OPTION_CONFIG = 'c', OPTION_HELP = 'h', OPTION_JSON = 'j', OPTION_FLAG = 256 };
#define GLOBALS 3

static const struct option global_options[GLOBALS] = {
    { "config", required_argument, NULL, OPTION_CONFIG },
    { "json", no_argument, NULL, OPTION_JSON },
    { "help", no_argument, NULL, OPTION_HELP },
};

/* Takes one option; -1 where getopt found it wrong. */
static int take_global(int found, char **argv, struct cli *cli, bool *help, struct error *err)
{
    switch (found) {
    case OPTION_CONFIG:
        cli->config_path = optarg;
        return 0;
    case OPTION_JSON:
        cli->json = true;
        return 0;
    case OPTION_HELP:
        *help = true;
        return 0;
    case ':':
        return fail_usage(err, "%s needs a value.", argv[optind - 1]);
    default:
        return fail_usage(err, "There is no option %s here.", argv[optind - 1]);
    }
}

int globals_read(int argc, char **argv, struct cli *cli, bool *help_out, int *next,
                 struct error *err)
{
    struct option options[GLOBALS + 1] = { { 0 } };
    memcpy(options, global_options, sizeof global_options);
    bool help = false;
    opterr = 0;
    optind = 0;
    for (int found; (found = getopt_long(argc, argv, "+:c:h", options, NULL)) != -1;) {
        if (take_global(found, argv, cli, &help, err))
            return -1;
    }
    *help_out = help;
    *next = optind;
    return 0;
}

static size_t count_flags(const struct command *command)
{
    size_t n = 0;
    while (command->flags && command->flags[n].name)
        n++;
    if (n > FLAGS_MAX)
        abort();
    return n;
}

static int take_flag(const struct flag *flag, const char *value, const char **place,
                     struct arguments *args, struct error *err)
{
    *place = value ? value : "";
    if (!flag->value || !strstr(flag->value, "..."))
        return 0;
    if (args->repeat_count == REPEATS_MAX)
        return fail_usage(err, "--%s cannot be given more than %d times.", flag->name, REPEATS_MAX);
    args->repeats[args->repeat_count++] = value;
    return 0;
}

static int read_flags(const struct command *command, int argc, char **argv, struct cli *cli,
                      struct arguments *args, struct error *err)
{
    struct option options[FLAGS_MAX + GLOBALS + 1] = { { 0 } };
    size_t flags = count_flags(command);
    for (size_t i = 0; i < flags; i++)
        options[i] = (struct option){ command->flags[i].name,
                                      command->flags[i].value ? required_argument : no_argument,
                                      NULL, OPTION_FLAG + (int)i };
    memcpy(&options[flags], global_options, sizeof global_options);
    opterr = 0;
    optind = 0;
    for (int found; (found = getopt_long(argc, argv, ":c:h", options, NULL)) != -1;) {
        size_t i = (size_t)(found - OPTION_FLAG);
        if (found >= OPTION_FLAG
                ? take_flag(&command->flags[i], optarg, &args->values[i], args, err)
                : take_global(found, argv, cli, &args->wants_help, err))
            return -1;
    }
    return 0;
}

/* Words of command->operands, and how many of them stand outside of brackets. */
static void count_operands(const char *operands, int *least, int *most)
{
    *least = *most = 0;
    for (const char *word = operands; word && *word; word += strspn(word, " ")) {
        ++*most;
        if (*word != '[')
            ++*least;
        word += strcspn(word, " ");
    }
}

static int read_operands(const struct command *command, int count, char **words,
                         struct arguments *args, struct error *err)
{
    int least, most;
    count_operands(command->operands, &least, &most);
    if (count > most)
        return fail_usage(err, "'%s' is one word too many; see insulactl %s --help.", words[most],
                          command->name);
    if (count < least)
        return fail_usage(err, "insulactl %s needs %s.", command->name, command->operands);
    for (int i = 0; i < count && i < OPERANDS_MAX; i++)
        args->operands[i] = words[i];
    return 0;
}

int arguments_read(const struct command *command, int argc, char **argv, struct cli *cli,
                   struct arguments *out, struct error *err)
{
    struct arguments args = { .command = command };
    if (read_flags(command, argc, argv, cli, &args, err))
        return -1;
    if (!args.wants_help && read_operands(command, argc - optind, argv + optind, &args, err))
        return -1;
    *out = args;
    return 0;
}

const char *flag_value(const struct arguments *args, const char *name)
{
    for (size_t i = 0; i < count_flags(args->command); i++) {
        if (strcmp(args->command->flags[i].name, name) == 0)
            return args->values[i];
    }
    abort(); /* asked for an option that the command's table lacks */
}

void command_help(const struct command *command, FILE *out)
{
    fprintf(out, "usage: insulactl %s%s%s%s\n\n%s\n", command->name, *command->operands ? " " : "",
            command->operands, command->flags ? " [options]" : "", command->help);
    size_t flags = count_flags(command);
    if (flags > 0)
        fputc('\n', out);
    for (size_t i = 0; i < flags; i++) {
        const struct flag *flag = &command->flags[i];
        char words[64];
        snprintf(words, sizeof words, "--%s %s", flag->name, flag->value ? flag->value : "");
        fprintf(out, "  %-26s %s\n", words, flag->help);
    }
}
