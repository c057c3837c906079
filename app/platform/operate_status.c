/* Suspends and resumes tenants and lists them, for insulactl. */
#include "operate_change.h"

struct status_job {
    struct tenant_id id;
    enum tenant_status status;
};

static const char *const status_names[] = {
    [TENANT_ACTIVE] = "active", [TENANT_SUSPENDED] = "suspended", [TENANT_ERASING] = "erasing"
};

static int status_body(struct db *db, void *arg, struct error *err)
{
    const struct status_job *job = arg;
    if (tenant_raise(db, job->id, err))
        return -1;
    return db_run(
        db, "UPDATE tenant SET status = ? WHERE tenant_id = ?",
        (struct value[]){ value_of_c(status_names[job->status]), VALUE_OF_INTEGER(job->id.v) }, 2,
        NULL, NULL, NULL, err);
}

int operate_tenant_status(struct platform p, struct tenant_id id, enum tenant_status status,
                          struct error *err)
{
    struct status_job job = { id, status };
    return db_transaction(p.db, status_body, &job, err);
}

static enum tenant_status status_of(struct str word)
{
    for (size_t i = 0; i < COUNT_OF(status_names); i++) {
        if (str_is(word, status_names[i]))
            return (enum tenant_status)i;
    }
    return TENANT_ERASING;
}

int operate_tenants(struct platform p, struct arena *arena, struct tenant_row **out, size_t *count,
                    struct error *err)
{
    struct rows rows;
    if (db_run(p.db,
               "SELECT tenant_id, slug, name, status, generation, created_ms FROM tenant"
               " ORDER BY slug",
               NULL, 0, arena, &rows, NULL, err))
        return -1;
    struct tenant_row *tenants = arena_array_of(arena, struct tenant_row, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        tenants[i] = (struct tenant_row){
            .id = { (uint32_t)row_number(&rows, i, 0) },
            .slug = row_c(&rows, i, 1),
            .name = row_c(&rows, i, 2),
            .status = status_of(row_bytes(&rows, i, 3)),
            .generation = row_number(&rows, i, 4),
            .created_ms = row_number(&rows, i, 5),
        };
    }
    *out = tenants;
    *count = rows.count;
    return 0;
}
