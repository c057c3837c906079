/* What tenants used and may use, as head office may see it: sums, no content. For insulactl. */
#include "operate_change.h"

int operate_budget(struct platform p, struct tenant_id tenant, int32_t period,
                   struct budget_row *out, struct error *err)
{
    struct arena *arena = arena_new(16384);
    struct rows rows;
    int failed = db_run(p.db,
                        "SELECT COALESCE(b.cap, s.monthly_budget, ?), COALESCE(b.used, 0),"
                        " COALESCE(b.held, 0) FROM setting s LEFT JOIN budget b"
                        " ON b.tenant_id = s.tenant_id AND b.period = ? WHERE s.tenant_id = ?",
                        (struct value[]){ VALUE_OF_INTEGER(BUDGET_NO_CAP), VALUE_OF_INTEGER(period),
                                          VALUE_OF_INTEGER(tenant.v) },
                        3, arena, &rows, NULL, err);
    if (!failed && rows.count == 0)
        failed = fail(err, ERROR_NOT_FOUND, "tenant_not_found", "There is no such tenant.");
    if (!failed)
        *out = (struct budget_row){ row_number(&rows, 0, 0), row_number(&rows, 0, 1),
                                    row_number(&rows, 0, 2) };
    arena_free(&arena);
    return failed ? -1 : 0;
}

/* Active users live in a table by day; they are joined where the question is by day or tenant. */
#define USAGE_SUMS                                                                                 \
    "CAST(SUM(u.calls) AS SIGNED), CAST(SUM(u.errors) AS SIGNED),"                                 \
    " CAST(SUM(u.tokens_in) AS SIGNED), CAST(SUM(u.tokens_out) AS SIGNED),"                        \
    " CAST(SUM(u.cost) AS SIGNED), CAST(SUM(u.first_ms) AS SIGNED),"                               \
    " CAST(SUM(u.total_ms) AS SIGNED)"
#define USAGE_FROM                                                                                 \
    " FROM usage_hour u JOIN tenant t ON t.tenant_id = u.tenant_id"                                \
    " JOIN setting s ON s.tenant_id = u.tenant_id"                                                 \
    " WHERE u.hour >= ? * 24 AND u.hour < ? * 24 AND t.slug = COALESCE(?, t.slug)"

static const char *const usage_sql[] = {
    [USAGE_BY_TENANT] =
        "SELECT t.slug, s.currency, '', 0, " USAGE_SUMS ","
        " (SELECT COUNT(DISTINCT a.user_id) FROM active_user a WHERE a.tenant_id = t.tenant_id"
        " AND a.day >= ? AND a.day < ?)" USAGE_FROM " GROUP BY t.tenant_id ORDER BY t.slug",
    [USAGE_BY_MODEL] = "SELECT t.slug, s.currency, u.model, 0, " USAGE_SUMS ", -1" USAGE_FROM
                       " GROUP BY t.tenant_id, u.model ORDER BY t.slug, u.model",
    [USAGE_BY_DAY] = "SELECT t.slug, s.currency, '', u.hour DIV 24 AS day, " USAGE_SUMS ","
                     " (SELECT COUNT(*) FROM active_user a WHERE a.tenant_id = t.tenant_id"
                     " AND a.day = MIN(u.hour DIV 24))" USAGE_FROM
                     " GROUP BY t.tenant_id, day ORDER BY t.slug, day",
    [USAGE_BY_HOUR] = "SELECT t.slug, s.currency, '', u.hour, " USAGE_SUMS ", -1" USAGE_FROM
                      " GROUP BY t.tenant_id, u.hour ORDER BY t.slug, u.hour",
};

static struct usage_row usage_row_of(const struct rows *rows, size_t i)
{
    return (struct usage_row){
        .slug = row_c(rows, i, 0),
        .currency = row_c(rows, i, 1),
        .model = row_c(rows, i, 2),
        .at = row_number(rows, i, 3),
        .calls = row_number(rows, i, 4),
        .errors = row_number(rows, i, 5),
        .tokens_in = row_number(rows, i, 6),
        .tokens_out = row_number(rows, i, 7),
        .cost = row_number(rows, i, 8),
        .first_ms = row_number(rows, i, 9),
        .total_ms = row_number(rows, i, 10),
        .active_users = row_number(rows, i, 11),
    };
}

int operate_usage(struct platform p, enum usage_by by, const char *slug, int32_t from_day,
                  int32_t to_day, struct arena *arena, struct usage_row **out, size_t *count,
                  struct error *err)
{
    struct value from = VALUE_OF_INTEGER(from_day), to = VALUE_OF_INTEGER(to_day);
    struct value values[] = { from, to, from, to, value_of_c(slug) };
    size_t skip = by == USAGE_BY_TENANT ? 0 : 2; /* only there are the days asked for twice */
    struct rows rows;
    if (db_run(p.db, usage_sql[by], values + skip, COUNT_OF(values) - skip, arena, &rows, NULL,
               err))
        return -1;
    struct usage_row *sums = arena_array_of(arena, struct usage_row, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        sums[i] = usage_row_of(&rows, i);
    *out = sums;
    *count = rows.count;
    return 0;
}
