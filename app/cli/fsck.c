/* insulactl fsck: one line per proof, and a failure when one fails. */
#include "base/clock.h"
#include "commands.h"
#include "platform/fsck.h"
#include "spool_check.h"
#include "table.h"

/* The ledger's, the spool's, and what only the migration account sees whole. */
#define CHECKS (FSCK_LEDGER_CHECKS + 3)

/* The operator's account sees no table with content, so keys and answers are looked at with the
 * migration account where this user may: a house without it checks what it sees. */
static int check_content(struct cli *cli, struct platform p, struct finding *out, size_t *count,
                         struct error *err)
{
    struct db *db = db_new(&cli->config.migration_database);
    struct error ignored;
    bool sees_all = cli->config.migration_database.name && db_ready(db, &ignored) == 0;
    int failed = fsck_keys(sees_all ? platform_on(db) : p, cli->arena, &out[(*count)++], err);
    if (!failed && sees_all)
        failed = fsck_answers(platform_on(db), cli->arena, &out[(*count)++], err);
    db_free(&db);
    return failed;
}

static bool add_finding(struct table *table, const struct finding *finding)
{
    table_text(table, finding->check);
    table_number(table, finding->examined);
    table_number(table, finding->wrong);
    table_text(table, finding->wrong && finding->example ? finding->example : "");
    return finding->wrong > 0;
}

int run_fsck(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "check", COLUMN_TEXT },
                                             { "examined", COLUMN_NUMBER },
                                             { "wrong", COLUMN_NUMBER },
                                             { "first_wrong", COLUMN_TEXT } };
    (void)args;
    int64_t now = clock_unix_ms();
    struct finding findings[CHECKS];
    size_t count = FSCK_LEDGER_CHECKS;
    struct platform p;
    if (cli_platform(cli, &p, err) || fsck_ledger(p, now, cli->arena, findings, err) ||
        spool_check(cli, p, now, &findings[count++], err) ||
        check_content(cli, p, findings, &count, err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    int wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += add_finding(table, &findings[i]);
    if (table_print(cli, table, err))
        return -1;
    if (wrong > 0)
        return fail(err, ERROR_CONFLICT, "fsck", "%d of %zu checks failed.", wrong, count);
    return 0;
}
