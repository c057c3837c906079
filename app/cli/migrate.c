/* insulactl migrate: the schema's new files, then the grants, under the migration account. */
#include "commands.h"

#include <unistd.h>

const struct flag flags_migrate[] = {
    { "schema", "DIR", "where the schema's files lie: " SCHEMA_DEFAULT },
    { "no-grants", NULL, "leaves the accounts' rights as they are" },
    { NULL, NULL, NULL },
};

static int migrate(struct db *db, const char *dir, const char *grants, int *applied_out,
                   struct error *err)
{
    if (db_ready(db, err) || db_migrate(db, dir, applied_out, err))
        return -1;
    return grants ? db_run_file(db, grants, err) : 0;
}

int run_migrate(struct cli *cli, const struct arguments *args, struct error *err)
{
    const struct config *config;
    if (cli_config(cli, &config, err))
        return -1;
    if (!config->migration_database.name)
        return fail_unreachable(err, "%s has no [migration database].", config->path);
    const char *dir = flag_value(args, "schema");
    dir = dir ? dir : SCHEMA_DEFAULT;
    if (access(dir, R_OK | X_OK))
        return fail_unreachable(err, "There is no schema directory %s; --schema names another.",
                                dir);
    const char *grants =
        flag_value(args, "no-grants") ? NULL : arena_printf(cli->arena, "%s/grants.sql", dir);
    struct db *db = db_new(&config->migration_database);
    int applied = 0;
    int failed = migrate(db, dir, grants, &applied, err);
    db_free(&db);
    if (failed)
        return -1;
    if (cli->json)
        printf("{\"applied\":%d}\n", applied);
    else
        printf("%d schema %s applied.\n", applied, applied == 1 ? "file" : "files");
    return 0;
}
