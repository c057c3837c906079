/* Proves that the ledger, the budgets and the hourly sums agree, and that keys begin with the
 * tenant. */
#include "platform/fsck.h"

#include "operate_change.h"

/* Recovery settles an overdue turn within seconds; only what it leaves lying is wrong. */
#define OVERDUE_GRACE_MS 30000

/* Each yields one row: how many were examined, how many are wrong, the first wrong one in words. */
struct check {
    const char *words, *sql;
    bool takes_now;
};

#define COMPARED(key, left, right)                                                                 \
    "SELECT COUNT(*), CAST(COALESCE(SUM(" left " <> " right "), 0) AS SIGNED),"                    \
    " MIN(IF(" left " <> " right ", CONCAT(COALESCE(t.slug, x.tenant_id), " key                    \
    ", ': turns say ', " left ", ', it says ', " right "), NULL))"                                 \
    " FROM (SELECT tenant_id, "

static const struct check checks[FSCK_LEDGER_CHECKS] = {
    { "settled turns = budgets' used",
      COMPARED("' ', x.period", "x.turns",
               "x.kept") "period, SUM(turns) AS turns, SUM(kept) AS kept FROM"
                         " (SELECT tenant_id, period, cost AS turns, 0 AS kept FROM turn WHERE "
                         "state = 'settled'"
                         " UNION ALL SELECT tenant_id, period, 0, used FROM budget) y GROUP BY "
                         "tenant_id, period) x"
                         " LEFT JOIN tenant t ON t.tenant_id = x.tenant_id",
      false },
    { "open turns' holds = budgets' held",
      COMPARED("' ', x.period", "x.turns",
               "x.kept") "period, SUM(turns) AS turns, SUM(kept) AS kept FROM"
                         " (SELECT tenant_id, period, hold AS turns, 0 AS kept FROM turn WHERE "
                         "state = 'open'"
                         " UNION ALL SELECT tenant_id, period, 0, held FROM budget) y GROUP BY "
                         "tenant_id, period) x"
                         " LEFT JOIN tenant t ON t.tenant_id = x.tenant_id",
      false },
    { "settled turns = hourly sums (calls, errors, tokens, cost)",
      COMPARED(
          "''", "x.turns",
          "x.kept") "CONCAT_WS('/', SUM(calls * side), SUM(errors * side), SUM(tin * side), "
                    "SUM(tout * side),"
                    " SUM(cost * side)) AS turns, CONCAT_WS('/', SUM(calls * (1 - side)),"
                    " SUM(errors * (1 - side)), SUM(tin * (1 - side)), SUM(tout * (1 - side)),"
                    " SUM(cost * (1 - side))) AS kept FROM"
                    " (SELECT tenant_id, 1 AS side, 1 AS calls, outcome = 'failed' AS errors, "
                    "tokens_in AS tin,"
                    " tokens_out AS tout, cost FROM turn WHERE state = 'settled'"
                    " UNION ALL SELECT tenant_id, 0, calls, errors, tokens_in, tokens_out, cost"
                    " FROM usage_hour) y GROUP BY tenant_id) x LEFT JOIN tenant t ON t.tenant_id = "
                    "x.tenant_id",
      false },
    { "no open turn past its deadline",
      "SELECT COUNT(*), CAST(COALESCE(SUM(u.deadline_ms < ?), 0) AS SIGNED),"
      " MIN(IF(u.deadline_ms < ?, CONCAT(t.slug, ': a turn of ', FROM_UNIXTIME(u.started_ms DIV"
      " 1000)), NULL)) FROM turn u JOIN tenant t ON t.tenant_id = u.tenant_id"
      " WHERE u.state = 'open'",
      true },
};

static int run_check(struct db *db, const char *sql, const struct value *values, size_t value_count,
                     struct arena *arena, struct finding *out, struct error *err)
{
    struct rows rows;
    if (db_run(db, sql, values, value_count, arena, &rows, NULL, err))
        return -1;
    out->examined = row_number(&rows, 0, 0);
    out->wrong = row_number(&rows, 0, 1);
    out->example = row_c(&rows, 0, 2);
    return 0;
}

struct ledger_job {
    int64_t overdue_ms;
    struct arena *arena;
    struct finding *findings;
};

static int ledger_body(struct db *db, void *arg, struct error *err)
{
    const struct ledger_job *job = arg;
    struct value overdue = VALUE_OF_INTEGER(job->overdue_ms);
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        job->findings[i].check = checks[i].words;
        if (run_check(db, checks[i].sql, (struct value[]){ overdue, overdue },
                      checks[i].takes_now ? 2 : 0, job->arena, &job->findings[i], err))
            return -1;
    }
    return 0;
}

int fsck_ledger(struct platform p, int64_t now_unix_ms, struct arena *arena,
                struct finding findings[FSCK_LEDGER_CHECKS], struct error *err)
{
    struct ledger_job job = { now_unix_ms - OVERDUE_GRACE_MS, arena, findings };
    return db_transaction(p.db, ledger_body, &job, err);
}

/* A tenant's table is every one but these; one that is neither, and has no tenant_id, is wrong. */
#define HOUSE_TABLES "('identity_provider', 'key_set', 'operator', 'schema_migration')"

static const char keys_sql[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(k.first <> 'tenant_id'), 0) AS SIGNED),"
    " MIN(IF(k.first <> 'tenant_id', CONCAT(k.table_name, ': ', k.constraint_name, ' begins with ',"
    " k.first), NULL)) FROM"
    " (SELECT t.table_name, COALESCE(u.constraint_name, 'no primary key') AS constraint_name,"
    " COALESCE(IF(u.referenced_column_name <> 'tenant_id', u.referenced_column_name,"
    " u.column_name), '') AS first FROM information_schema.tables t"
    " LEFT JOIN information_schema.key_column_usage u ON u.table_schema = t.table_schema"
    " AND u.table_name = t.table_name AND u.ordinal_position = 1"
    " AND (u.constraint_name = 'PRIMARY' OR u.referenced_table_name IS NOT NULL)"
    " WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'"
    " AND t.table_name NOT IN " HOUSE_TABLES ") k";

int fsck_keys(struct platform p, struct arena *arena, struct finding *out, struct error *err)
{
    out->check = "every tenant's table has keys that begin with tenant_id";
    return run_check(p.db, keys_sql, NULL, 0, arena, out, err);
}

int fsck_turn(struct platform p, struct tenant_id tenant, struct turn_id turn,
              enum turn_state *state_out, struct error *err)
{
    int64_t state = 0; /* no row counts as 0 */
    if (count_rows(p.db,
                   "SELECT IF(state = 'settled', 2, 1) FROM turn"
                   " WHERE tenant_id = ? AND turn_id = ?",
                   (struct value[]){ VALUE_OF_INTEGER(tenant.v), VALUE_OF_ID(turn) }, 2, &state,
                   err))
        return -1;
    *state_out = state == 2 ? TURN_SETTLED : state == 1 ? TURN_OPEN : TURN_UNKNOWN;
    return 0;
}
