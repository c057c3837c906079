/* How insulactl reads its command line. */
#include "arguments.h"
#include "tap.h"

static const struct flag flags[] = { { "name", "TEXT", "a name" },
                                     { "quick", NULL, "at once" },
                                     { "each", "TEXT...", "several times" },
                                     { NULL, NULL, NULL } };
static const struct command command = { "thing set", "SLUG [NAME]", "Sets it.", flags, NULL };

static int read_words(struct cli *cli, struct arguments *args, struct error *err, int argc,
                      const char *const *words)
{
    static char copies[8][128]; /* what was read points here */
    char *argv[8] = { 0 };
    for (int i = 0; i < argc; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", words[i]);
        argv[i] = copies[i]; /* getopt moves them */
    }
    memset(err, 0, sizeof *err);
    return arguments_read(&command, argc, argv, cli, args, err);
}
#define READ(...)                                                                                  \
    read_words(&cli, &args, &err, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *),        \
               (const char *[]){ __VA_ARGS__ })

int main(void)
{
    struct cli cli = { 0 };
    struct arguments args;
    struct error err;
    ok(READ("set", "bank") == 0, "an operand in brackets may be missing");
    is_text(args.operands[0], "bank", "the first is there");
    ok(!args.operands[1] && !flag_value(&args, "name"), "nothing else is");
    ok(READ("set", "--name", "--quick", "bank", "--quick") == 0, "options stand anywhere");
    is_text(flag_value(&args, "name"), "--quick", "a value may look like an option");
    ok(flag_value(&args, "quick") != NULL, "an option without a value is there or not");
    ok(READ("set", "bank", "--", "--name") == 0 && !strcmp(args.operands[1], "--name"),
       "behind -- there are operands alone");
    ok(READ("set") == -1 && err.kind == ERROR_BAD_REQUEST, "a needed operand is missed");
    ok(READ("set", "a", "b", "c") == -1 && strstr(err.message, "'c'"), "one too many is named");
    ok(READ("set", "a", "--nam") == -1 && strstr(err.message, "value"), "a value is missed");
    ok(READ("set", "a", "--bogus") == -1 && strstr(err.message, "--bogus"), "no such option");
    ok(READ("set", "--each", "a=1", "bank", "--each", "b") == 0 && args.repeat_count == 2 &&
           !strcmp(args.repeats[0], "a=1") && !strcmp(args.repeats[1], "b"),
       "one option may stand several times");
    ok(READ("set", "bank") == 0 && args.repeat_count == 0, "or not at all");
    ok(READ("set", "--help") == 0 && args.wants_help, "help needs no operands");
    ok(READ("set", "a", "--json", "-c", "f") == 0 && cli.json && !strcmp(cli.config_path, "f"),
       "global options stand behind a command too");
    char each[] = "--each=x", *many[REPEATS_MAX + 2] = { each };
    for (int i = 0; i < REPEATS_MAX + 1; i++)
        many[i + 1] = each;
    ok(arguments_read(&command, REPEATS_MAX + 2, many, &cli, &args, &err) == -1 &&
           strstr(err.message, "--each"),
       "but not for ever");
    return done();
}
