/* insulactl, the operator's program: its table of commands, and how each ends. */
#include "commands.h"

#include "base/log.h"
#include "tenant_flags.h"

#include <signal.h>
#include <stdlib.h>

#define CONFIG_DEFAULT "/etc/insula/insula.conf"

static const struct command commands[] = {
    { "migrate", "", "Brings the schema up to date and grants the accounts' rights.", flags_migrate,
      run_migrate },
    { "tenant create", "SLUG", "Makes a tenant, its settings and its data key.", flags_tenant,
      run_tenant_create },
    { "tenant list", "", "Lists all tenants.", NULL, run_tenant_list },
    { "tenant show", "SLUG", "Shows a tenant's settings.", NULL, run_tenant_show },
    { "tenant set", "SLUG", "Changes a tenant's settings; what is not named stays.", flags_tenant,
      run_tenant_set },
    { "tenant suspend", "SLUG", "Refuses a tenant's people until it is resumed.", NULL,
      run_tenant_suspend },
    { "tenant resume", "SLUG", "Lets a suspended tenant's people in again.", NULL,
      run_tenant_resume },
    { "idp set", "SLUG NAME", "Makes or changes an identity provider of a tenant.", flags_idp_set,
      run_idp_set },
    { "idp list", "SLUG", "Lists a tenant's identity providers.", NULL, run_idp_list },
    { "provider set", "SLUG NAME", "Makes or changes where a tenant's models are served.",
      flags_provider_set, run_provider_set },
    { "provider list", "SLUG", "Lists a tenant's providers.", NULL, run_provider_list },
    { "provider test", "SLUG NAME", "Asks a provider for one token and says what happened.",
      flags_provider_test, run_provider_test },
    { "model allow", "SLUG NAME", "Puts a model on a tenant's allow-list, or changes it there.",
      flags_model_allow, run_model_allow },
    { "model deny", "SLUG NAME", "Takes a model off a tenant's allow-list.", NULL, run_model_deny },
    { "model list", "SLUG", "Shows a tenant's allow-list.", NULL, run_model_list },
    { "route set", "SLUG MODEL PROVIDER", "Adds a way to a model, or changes its weight.",
      flags_route_set, run_route_set },
    { "route remove", "SLUG MODEL PROVIDER", "Takes a way to a model away.", flags_route_remove,
      run_route_remove },
    { "route list", "SLUG", "Shows who serves a tenant's models.", NULL, run_route_list },
    { "budget set", "SLUG AMOUNT", "Sets what a tenant may spend in a month: 100.00, or none.",
      NULL, run_budget_set },
    { "budget show", "SLUG", "Shows what a tenant may spend this month, has spent and holds.", NULL,
      run_budget_show },
    { "operator set", "NAME", "Makes or changes who may vouch for head office.", flags_operator_set,
      run_operator_set },
    { "token", "[SLUG]", "Mints a token for a tenant with an HS256 secret, or for head office.",
      flags_token, run_token },
    { "keys init", "", "Makes the key file and the house's own data key, where missing.", NULL,
      run_keys_init },
    { "keys rotate", "", "Adds a key-encryption key and wraps every data key anew.", NULL,
      run_keys_rotate },
    { "keys list", "", "Lists key-encryption keys by id and how many data keys each wraps.", NULL,
      run_keys_list },
    { "usage", "", "Sums calls, tokens, cost, times and active users.", flags_usage, run_usage },
    { "fsck", "", "Proves that ledger, budgets, hourly sums, spool and keys agree.", NULL,
      run_fsck },
    { "doctor", "", "Checks libraries, files, database and, with --url, a real stream.",
      flags_doctor, run_doctor },
};

static void print_help(FILE *out)
{
    fputs("usage: insulactl [-c FILE] [--json] COMMAND ...\n\n"
          "  -c, --config FILE   insula.conf; else $INSULA_CONF, else " CONFIG_DEFAULT "\n"
          "      --json          JSON instead of tables\n\n",
          out);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(out, "  %-15s %-12s %s\n", commands[i].name, commands[i].operands,
                commands[i].help);
    fputs("  version                      Says which version this is.\n"
          "\ninsulactl COMMAND --help tells a command's options; insulactl(1) tells all.\n",
          out);
}

/* A command's name is one word or two; *words says how many. */
static const struct command *find_command(char **argv, int argc, int *words)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const char *name = commands[i].name, *space = strchr(name, ' ');
        size_t first = space ? (size_t)(space - name) : strlen(name);
        if (strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0)
            continue;
        *words = space ? 2 : 1;
        if (!space || (argc > 1 && strcmp(argv[1], space + 1) == 0))
            return &commands[i];
    }
    return NULL;
}

static enum exit_code exit_code_of(const struct error *err)
{
    switch (err->kind) {
    case ERROR_BAD_REQUEST:
        return EXIT_MISUSED;
    case ERROR_UNAVAILABLE:
    case ERROR_UNCERTAIN:
    case ERROR_DEADLOCK:
    case ERROR_INTERNAL:
        return EXIT_UNREACHABLE;
    default:
        return EXIT_REFUSED;
    }
}

static int tell(const struct error *err)
{
    fprintf(stderr, "insulactl: %s%s%s%s\n", err->message, *err->log ? " (" : "", err->log,
            *err->log ? ")" : "");
    return exit_code_of(err);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct error err = { 0 };
    int words = 0;
    const struct command *command = find_command(argv, argc, &words);
    if (!command) {
        bool is_option = argc > 1 && argv[1][0] == '-';
        fprintf(stderr, "insulactl: There is no command '%s%s%s'; see insulactl help.\n", argv[0],
                argc > 1 && !is_option ? " " : "", argc > 1 && !is_option ? argv[1] : "");
        return EXIT_MISUSED;
    }
    struct arguments args;
    if (arguments_read(command, argc - words + 1, argv + words - 1, cli, &args, &err))
        return tell(&err);
    if (args.wants_help) {
        command_help(command, stdout);
        return EXIT_FINE;
    }
    return command->run(cli, &args, &err) ? tell(&err) : EXIT_FINE;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a lost database is an error, not a death */
    const char *from_environment = getenv("INSULA_CONF");
    struct cli cli = { .config_path = from_environment ? from_environment : CONFIG_DEFAULT,
                       .arena = arena_new((size_t)256 << 20) };
    struct error err = { 0 };
    bool wants_help;
    int next, result = EXIT_FINE;
    if (log_open("/dev/null", &err) || globals_read(argc, argv, &cli, &wants_help, &next, &err))
        result = tell(&err);
    else if (wants_help || (next < argc && strcmp(argv[next], "help") == 0))
        print_help(stdout);
    else if (next < argc && strcmp(argv[next], "version") == 0)
        puts("insulactl " INSULA_VERSION);
    else if (next < argc)
        result = run(&cli, argc - next, argv + next);
    else {
        print_help(stderr);
        result = EXIT_MISUSED;
    }
    cli_close(&cli);
    return result;
}
