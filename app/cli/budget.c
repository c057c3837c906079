/* insulactl budget set and budget show. */
#include "base/clock.h"
#include "commands.h"
#include "table.h"
#include "tenant_flags.h"

int run_budget_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct tenant_change change = { .has_budget = true, .period = clock_period(clock_unix_ms()) };
    struct tenant_row tenant;
    if (budget_parse("AMOUNT", args->operands[1], &change.monthly_budget, err) ||
        cli_tenant(cli, args->operands[0], &tenant, err))
        return -1;
    return operate_tenant_change(platform_on(cli->db), tenant.id, &change, err);
}

int run_budget_show(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "slug", COLUMN_TEXT },  { "period", COLUMN_NUMBER }, { "currency", COLUMN_TEXT },
        { "cap", COLUMN_MONEY },  { "used", COLUMN_MONEY },    { "held", COLUMN_MONEY },
        { "left", COLUMN_MONEY },
    };
    int32_t period = clock_period(clock_unix_ms());
    struct tenant_row tenant;
    struct setting_row setting;
    struct budget_row budget;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_setting(platform_on(cli->db), tenant.id, cli->arena, &setting, err) ||
        operate_budget(platform_on(cli->db), tenant.id, period, &budget, err))
        return -1;
    bool is_capped = budget.cap < BUDGET_NO_CAP;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    table_text(table, tenant.slug);
    table_number(table, period);
    table_text(table, setting.currency);
    is_capped ? table_number(table, budget.cap) : table_absent(table);
    table_number(table, budget.used);
    table_number(table, budget.held);
    is_capped ? table_number(table, budget.cap - budget.used - budget.held) : table_absent(table);
    return record_print(cli, table, err);
}
