/* insulactl usage: what tenants used, in sums. */
#include "base/clock.h"
#include "commands.h"
#include "platform/operate.h"
#include "table.h"
#include "values.h"

const struct flag flags_usage[] = {
    { "tenant", "SLUG", "one tenant alone" },
    { "from", "YYYY-MM-DD", "the first day, UTC: the first of this month" },
    { "to", "YYYY-MM-DD", "the last day: today" },
    { "by", "WHAT", "tenant, model, day or hour: tenant" },
    { NULL, NULL, NULL },
};

static const char *const by_names[] = { [USAGE_BY_TENANT] = "tenant",
                                        [USAGE_BY_MODEL] = "model",
                                        [USAGE_BY_DAY] = "day",
                                        [USAGE_BY_HOUR] = "hour" };

static int read_by(const char *text, enum usage_by *out, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(by_names); i++) {
        if (!text || strcmp(text, by_names[i]) == 0) {
            *out = (enum usage_by)i;
            return 0;
        }
    }
    return fail_usage(err, "--by must be tenant, model, day or hour.");
}

static int read_days(const struct arguments *args, int32_t *from_out, int32_t *to_out,
                     struct error *err)
{
    const char *from = flag_value(args, "from"), *to = flag_value(args, "to");
    int32_t today = clock_day(clock_unix_ms());
    char month[DAY_TEXT_MAX];
    day_text(today, month);
    memcpy(month + 8, "01", 2);
    *to_out = today;
    if (!day_parse(from ? from : month, from_out))
        return fail_usage(err, "--from must be a day as 2026-11-23.");
    if (to && !day_parse(to, to_out))
        return fail_usage(err, "--to must be a day as 2026-11-23.");
    if (*to_out < *from_out)
        return fail_usage(err, "--to lies before --from.");
    return 0;
}

static void add_key(struct table *table, enum usage_by by, const struct usage_row *row,
                    struct arena *arena)
{
    char day[DAY_TEXT_MAX];
    table_text(table, row->slug);
    if (by == USAGE_BY_MODEL)
        table_text(table, row->model);
    if (by == USAGE_BY_DAY)
        table_text(table, arena_copy(arena, str_of(day_text((int32_t)row->at, day))).at);
    if (by == USAGE_BY_HOUR)
        table_number(table, row->at * 3600 * 1000);
}

static void add_sums(struct table *table, const struct usage_row *row)
{
    table_number(table, row->calls);
    table_number(table, row->errors);
    table_number(table, row->tokens_in);
    table_number(table, row->tokens_out);
    table_number(table, row->cost);
    table_text(table, row->currency);
    if (row->calls > 0) {
        table_number(table, row->first_ms / row->calls);
        table_number(table, row->total_ms / row->calls);
    } else {
        table_absent(table);
        table_absent(table);
    }
}

/* The columns of every grouping, with its own key behind the tenant and active users at the end. */
static size_t make_columns(enum usage_by by, struct column columns[12])
{
    static const struct column sums[] = {
        { "calls", COLUMN_NUMBER },         { "errors", COLUMN_NUMBER },
        { "tokens_in", COLUMN_NUMBER },     { "tokens_out", COLUMN_NUMBER },
        { "cost", COLUMN_MONEY },           { "currency", COLUMN_TEXT },
        { "mean_first_ms", COLUMN_NUMBER }, { "mean_total_ms", COLUMN_NUMBER },
    };
    size_t n = 0;
    columns[n++] = (struct column){ "tenant", COLUMN_TEXT };
    if (by != USAGE_BY_TENANT)
        columns[n++] =
            (struct column){ by_names[by], by == USAGE_BY_HOUR ? COLUMN_TIME : COLUMN_TEXT };
    memcpy(&columns[n], sums, sizeof sums);
    n += COUNT_OF(sums);
    if (by == USAGE_BY_TENANT || by == USAGE_BY_DAY)
        columns[n++] = (struct column){ "active_users", COLUMN_NUMBER };
    return n;
}

int run_usage(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *slug = flag_value(args, "tenant");
    enum usage_by by = USAGE_BY_TENANT;
    int32_t from = 0, to = 0;
    struct platform p;
    struct tenant_row tenant;
    struct usage_row *rows;
    size_t count;
    if (read_by(flag_value(args, "by"), &by, err) || read_days(args, &from, &to, err) ||
        cli_platform(cli, &p, err) || (slug && cli_tenant(cli, slug, &tenant, err)) ||
        operate_usage(p, by, slug, from, to + 1, cli->arena, &rows, &count, err))
        return -1;
    struct column columns[12];
    struct table *table = table_new(cli->arena, columns, make_columns(by, columns));
    for (size_t i = 0; i < count; i++) {
        add_key(table, by, &rows[i], cli->arena);
        add_sums(table, &rows[i]);
        if (rows[i].active_users >= 0)
            table_number(table, rows[i].active_users);
    }
    return table_print(cli, table, err);
}
