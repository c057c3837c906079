/* Proves that the ledger, the budgets, the hourly sums and the answers agree, and that keys begin
 * with the tenant. */
#include "platform/fsck.h"

#include "operate_change.h"

/* Recovery settles an overdue turn within seconds; only what it leaves lying is wrong. */
#define OVERDUE_GRACE_MS 30000

struct check {
    const char *words, *sql;
    bool takes_now;
};

/* A check's SELECT yields tenant_id, what, and problem: NULL where all is well. One row comes of
 * it: how many were examined, how many are wrong, the first wrong one in words. */
#define JUDGED(rows)                                                                               \
    "SELECT COUNT(*), COUNT(x.problem), MIN(CONCAT(COALESCE(t.slug, x.tenant_id), ' ', x.what,"    \
    " ': ', x.problem)) FROM (" rows ") x LEFT JOIN tenant t ON t.tenant_id = x.tenant_id"
#define DIFFERS(turns, kept)                                                                       \
    " IF(" turns " <> " kept ", CONCAT('turns say ', " turns ", ', it says ', " kept "), NULL)"

#define SUMS_OF(side)                                                                              \
    "CONCAT_WS('/', SUM(IF(" side ", calls, 0)), SUM(IF(" side ", errors, 0)),"                    \
    " SUM(IF(" side ", tokens_in, 0)), SUM(IF(" side ", tokens_out, 0)), SUM(IF(" side ", cost,"   \
    " 0)), SUM(IF(" side ", first_ms, 0)), SUM(IF(" side ", total_ms, 0)))"

/* FROM_UNIXTIME ends in 2038. */
#define MONTH_OF_TURN "EXTRACT(YEAR_MONTH FROM '1970-01-01' + INTERVAL started_ms DIV 1000 SECOND)"

static const struct check checks[FSCK_LEDGER_CHECKS] = {
    { "settled turns = budgets' used",
      JUDGED("SELECT tenant_id, period AS what," DIFFERS(
          "SUM(turns)",
          "SUM(kept)") " AS problem"
                       " FROM (SELECT tenant_id, period, cost AS turns, 0 AS kept FROM turn"
                       " WHERE state = 'settled' UNION ALL SELECT tenant_id, period, 0, used FROM "
                       "budget) y"
                       " GROUP BY tenant_id, period"),
      false },
    { "open turns' holds = budgets' held",
      JUDGED("SELECT tenant_id, period AS what," DIFFERS(
          "SUM(turns)",
          "SUM(kept)") " AS problem"
                       " FROM (SELECT tenant_id, period, hold AS turns, 0 AS kept FROM turn"
                       " WHERE state = 'open' UNION ALL SELECT tenant_id, period, 0, held FROM "
                       "budget) y"
                       " GROUP BY tenant_id, period"),
      false },
    { "settled turns = hourly sums (calls, errors, tokens, cost, times)",
      JUDGED("SELECT tenant_id, CONCAT('hour ', hour, ' of ', model) AS what," DIFFERS(
          SUMS_OF("is_turn"),
          SUMS_OF("NOT is_turn")) " AS problem FROM"
                                  " (SELECT tenant_id, started_ms DIV 3600000 AS hour, model, 1 AS "
                                  "is_turn, 1 AS calls,"
                                  " outcome = 'failed' AS errors, tokens_in, tokens_out, cost,"
                                  " COALESCE(first_ms, 0) AS first_ms, COALESCE(total_ms, 0) AS "
                                  "total_ms"
                                  " FROM turn WHERE state = 'settled' UNION ALL SELECT tenant_id, "
                                  "hour, model, 0, calls,"
                                  " errors, tokens_in, tokens_out, cost, first_ms, total_ms FROM "
                                  "usage_hour) y"
                                  " GROUP BY tenant_id, hour, model"),
      false },
    { "settled turns' people = active users",
      JUDGED("SELECT tenant_id, CONCAT('day ', day) AS what, IF(SUM(is_turn) AND"
             " SUM(NOT is_turn), NULL, IF(SUM(is_turn), 'a user is missing',"
             " 'a user had no turn')) AS problem FROM (SELECT DISTINCT tenant_id, user_id,"
             " started_ms DIV 86400000 AS day, 1 AS is_turn FROM turn WHERE state = 'settled'"
             " UNION ALL SELECT tenant_id, user_id, day, 0 FROM active_user) y"
             " GROUP BY tenant_id, day, user_id"),
      false },
    { "each turn is whole (month, outcome, tokens)",
      JUDGED("SELECT tenant_id, HEX(turn_id) AS what, CASE WHEN period <> " MONTH_OF_TURN
             " THEN 'its month is not that of its start'"
             " WHEN tokens_cached > tokens_in OR tokens_reasoning > tokens_out OR"
             " tokens_cached < 0 OR tokens_reasoning < 0 THEN 'a part is more than the whole'"
             " WHEN state = 'settled' AND (outcome IS NULL OR usage_source IS NULL OR total_ms IS"
             " NULL OR total_ms < 0) THEN 'settled without an end'"
             " WHEN attempts IS NOT NULL AND LOWER(HEX(provider_id)) <> JSON_VALUE(attempts, "
             "'$[-1].provider')"
             " THEN 'its provider is not the one that was asked last'"
             " WHEN attempts IS NOT NULL AND model <> JSON_VALUE(attempts, '$[-1].model')"
             " THEN 'its model is not the one that was asked last'"
             " WHEN attempts IS NOT NULL AND outcome = 'complete' AND"
             " COALESCE(JSON_VALUE(attempts, '$[-1].code'), 'nobody') <> ''"
             " THEN 'complete, though the last attempt was not'"
             " WHEN state = 'open' AND (outcome IS NOT NULL OR cost <> 0 OR tokens_out <> 0)"
             " THEN 'open with an end' END AS problem FROM turn"),
      false },
    { "no open turn past its deadline",
      JUDGED("SELECT tenant_id, HEX(turn_id) AS what, IF(deadline_ms < ?, 'nobody has settled it',"
             " NULL) AS problem FROM turn WHERE state = 'open'"),
      true },
};

/* Both ways: an answer has its turn, a turn whose conversation is still there has its answer. */
static const char answers_sql[] = JUDGED(
    "SELECT m.tenant_id, HEX(m.message_id) AS what, CASE WHEN t.turn_id IS NULL THEN"
    " 'an answer without a turn' WHEN NOT (t.state = 'settled' AND t.outcome <=> m.state AND"
    " t.code = m.code AND t.answer_id <=> m.message_id AND t.parent_id <=> m.parent_id AND"
    " t.conversation_id <=> m.conversation_id AND t.user_id = m.user_id)"
    " THEN 'an answer and its turn differ' END AS problem FROM message m LEFT JOIN turn t"
    " ON t.tenant_id = m.tenant_id AND t.turn_id = m.turn_id WHERE m.turn_id IS NOT NULL"
    " UNION ALL SELECT u.tenant_id, HEX(u.turn_id), IF(n.message_id IS NULL, 'a turn without its"
    " answer', NULL) FROM turn u JOIN conversation c ON c.tenant_id = u.tenant_id"
    " AND c.conversation_id = u.conversation_id LEFT JOIN message n ON n.tenant_id = u.tenant_id"
    " AND n.conversation_id = u.conversation_id AND n.message_id = u.answer_id"
    " AND n.turn_id = u.turn_id WHERE u.state = 'settled' AND u.answer_id IS NOT NULL");

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
        if (run_check(db, checks[i].sql, &overdue, checks[i].takes_now ? 1 : 0, job->arena,
                      &job->findings[i], err))
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

int fsck_answers(struct platform p, struct arena *arena, struct finding *out, struct error *err)
{
    out->check = "stored answers = settled turns";
    return run_check(p.db, answers_sql, NULL, 0, arena, out, err);
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
