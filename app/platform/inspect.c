/* Harmless statements that tell how a database is set up, for insulactl doctor. */
#include "platform/inspect.h"

static const char *const statements[] = {
    [INSPECT_FLUSH_LOG] = "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit",
    [INSPECT_LOCAL_INFILE] = "SELECT @@GLOBAL.local_infile",
    [INSPECT_INNODB] = "SELECT @@GLOBAL.default_storage_engine = 'InnoDB'",
    [INSPECT_SCHEMA_NEWEST] = "SELECT COALESCE(MAX(number), 0) FROM schema_migration",
    [INSPECT_SCHEMA_BROKEN] = "SELECT COUNT(*) FROM schema_migration WHERE finished_ms IS NULL",
    [INSPECT_READ_MESSAGES] = "SELECT 1 FROM message LIMIT 0",
    [INSPECT_READ_PEOPLE] = "SELECT 1 FROM user LIMIT 0",
    [INSPECT_READ_SUMS] = "SELECT 1 FROM usage_hour LIMIT 0",
    [INSPECT_CHANGE_TENANTS] = "UPDATE tenant SET name = name WHERE tenant_id = 0",
};

int inspect(struct platform p, enum inspection what, struct arena *arena, int64_t *out,
            struct error *err)
{
    struct rows rows = { 0 };
    if (db_run(p.db, statements[what], NULL, 0, arena, &rows, NULL, err) < 0)
        return -1;
    *out = rows.count > 0 ? rows_at(&rows, 0, 0)->integer : 0;
    return 0;
}
