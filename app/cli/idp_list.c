/* insulactl idp list. */
#include "commands.h"
#include "table.h"

static void add_row(struct table *table, const struct idp_row *row)
{
    table_text(table, row->name);
    table_text(table, row->issuer);
    table_text(table, row->audience);
    table_text(table, row->algorithms);
    table_text(table, row->secret.at                          ? "secret"
                      : row->key_set_url && *row->key_set_url ? row->key_set_url
                                                              : row->key_set_file);
    table_text(table, *row->tenant_claim ? row->tenant_claim : NULL);
    table_text(table, *row->tenant_claim ? row->tenant_value : NULL);
    table_text(table, row->subject_claim);
    table_text(table, row->role_claim);
    table_text(table, row->admin_value);
}

int run_idp_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = {
        { "name", COLUMN_TEXT },         { "issuer", COLUMN_TEXT },
        { "audience", COLUMN_TEXT },     { "algorithms", COLUMN_TEXT },
        { "keys", COLUMN_TEXT },         { "tenant_claim", COLUMN_TEXT },
        { "tenant_value", COLUMN_TEXT }, { "subject_claim", COLUMN_TEXT },
        { "role_claim", COLUMN_TEXT },   { "admin_value", COLUMN_TEXT },
    };
    struct tenant_row tenant;
    struct idp_row *rows;
    size_t count;
    if (cli_tenant(cli, args->operands[0], &tenant, err) ||
        lookup_idps_of_tenant(platform_on(cli->db), tenant.id, cli->arena, &rows, &count, err))
        return -1;
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < count; i++)
        add_row(table, &rows[i]);
    return table_print(cli, table, err);
}
