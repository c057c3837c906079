/* insulactl tenant list and tenant show. */
#include "commands.h"
#include "platform/operate.h"
#include "table.h"

static const char *status_word(enum tenant_status status)
{
    return status == TENANT_ACTIVE      ? "active"
           : status == TENANT_SUSPENDED ? "suspended"
                                        : "erasing";
}

int run_tenant_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "slug", COLUMN_TEXT },
                                             { "name", COLUMN_TEXT },
                                             { "status", COLUMN_TEXT },
                                             { "created", COLUMN_TIME } };
    (void)args;
    struct platform p;
    struct tenant_row *tenants;
    size_t count;
    if (cli_platform(cli, &p, err) || operate_tenants(p, cli->arena, &tenants, &count, err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < count; i++) {
        table_text(table, tenants[i].slug);
        table_text(table, tenants[i].name);
        table_text(table, status_word(tenants[i].status));
        table_number(table, tenants[i].created_ms);
    }
    return table_print(cli, table, err);
}

static void add_budget(struct table *table, int64_t monthly_budget)
{
    if (monthly_budget < 0)
        table_absent(table);
    else
        table_number(table, monthly_budget);
}

static int add_origins(struct cli *cli, struct tenant_id tenant, struct table *table,
                       struct error *err)
{
    const char **origins;
    size_t count;
    if (lookup_origins(platform_on(cli->db), tenant, cli->arena, &origins, &count, err))
        return -1;
    const char *list = "";
    for (size_t i = 0; i < count; i++)
        list = arena_printf(cli->arena, "%s%s%s", list, i ? " " : "", origins[i]);
    table_text(table, list);
    return 0;
}

int run_tenant_show(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "slug", COLUMN_TEXT },
        { "name", COLUMN_TEXT },
        { "status", COLUMN_TEXT },
        { "generation", COLUMN_NUMBER },
        { "created", COLUMN_TIME },
        { "brand_color", COLUMN_TEXT },
        { "logo", COLUMN_TEXT },
        { "welcome", COLUMN_TEXT },
        { "default_model", COLUMN_TEXT },
        { "locale", COLUMN_TEXT },
        { "disconnect", COLUMN_TEXT },
        { "currency", COLUMN_TEXT },
        { "monthly_budget", COLUMN_MONEY },
        { "stream_limit", COLUMN_NUMBER },
        { "cors_origins", COLUMN_TEXT },
    };
    struct tenant_row tenant;
    struct setting_row setting;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_setting(platform_on(cli->db), tenant.id, cli->arena, &setting, err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    table_text(table, tenant.slug);
    table_text(table, tenant.name);
    table_text(table, status_word(tenant.status));
    table_number(table, tenant.generation);
    table_number(table, tenant.created_ms);
    table_text(table, setting.brand_color);
    table_text(table, setting.logo.at ? setting.logo_type : NULL);
    table_text(table, setting.welcome);
    table_text(table, setting.default_model);
    table_text(table, setting.locale);
    table_text(table, setting.disconnect);
    table_text(table, setting.currency);
    add_budget(table, setting.monthly_budget);
    table_number(table, setting.stream_limit);
    if (add_origins(cli, tenant.id, table, err))
        return -1;
    return record_print(cli, table, err);
}
