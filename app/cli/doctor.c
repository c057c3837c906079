/* insulactl doctor: is this machine fit to run the house? Looks at everything before it says so. */
#include "doctor.h"

#include "commands.h"

const struct flag flags_doctor[] = {
    { "socket", "FILE", "the workers' FastCGI socket: insula.sock in run_dir" },
    { "schema", "DIR", "where the schema's files lie: " SCHEMA_DEFAULT },
    { "url", "URL", "also times a real stream through the web server there" },
    { "token-file", "FILE", "as whom; insulactl token mints one" },
    { "model", "NAME", "with which model, else the tenant's default" },
    { NULL, NULL, NULL },
};

void doctor_say(struct doctor *doctor, enum health health, const char *what, const char *format,
                ...)
{
    static const char *const words[] = {
        [HEALTH_GOOD] = "good", [HEALTH_UNSURE] = "unsure", [HEALTH_BAD] = "BAD"
    };
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_text(doctor->table, arena_copy(doctor->cli->arena, str_of(what)).at);
    table_text(doctor->table, words[health]);
    table_text(doctor->table, arena_copy(doctor->cli->arena, str_of(text)).at);
    doctor->bad += health == HEALTH_BAD;
}

int run_doctor(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "check", COLUMN_TEXT },
                                             { "health", COLUMN_TEXT },
                                             { "finding", COLUMN_TEXT } };
    struct stream_request stream = { flag_value(args, "url"), flag_value(args, "token-file"),
                                     flag_value(args, "model") };
    struct doctor doctor = { .cli = cli,
                             .table = table_new(cli->arena, columns, COUNT_OF(columns)) };
    if (!stream.url != !stream.token_file)
        return fail_usage(err, "--url and --token-file go together.");
    if (cli_config(cli, &doctor.config, err))
        return -1;
    doctor_versions(&doctor);
    doctor_files(&doctor, flag_value(args, "socket"));
    const char *schema = flag_value(args, "schema");
    doctor_database(&doctor, schema ? schema : SCHEMA_DEFAULT);
    int failed = stream.url && doctor_stream(&doctor, &stream, err);
    if (table_print(cli, doctor.table, err) || failed)
        return -1;
    if (doctor.bad > 0)
        return fail(err, ERROR_CONFLICT, "doctor", "%d %s bad.", doctor.bad,
                    doctor.bad == 1 ? "check is" : "checks are");
    return 0;
}
