/* Writes a tenant's providers, for insulactl. */
#include "operate_change.h"

struct provider_job {
    struct tenant_id tenant;
    bool is_new;
    const struct provider_row *row;
};

static int provider_body(struct db *db, void *arg, struct error *err)
{
    const struct provider_job *job = arg;
    const struct provider_row *row = job->row;
    if (tenant_raise(db, job->tenant, err))
        return -1;
    struct value values[] = {
        value_of_c(row->name),
        value_of_c(row->kind),
        value_of_c(row->base_url),
        value_of_text(row->api_key),
        value_of_c(row->key_last4),
        value_of_c(row->options && *row->options ? row->options : "{}"),
        VALUE_OF_INTEGER(job->tenant.v),
        VALUE_OF_ID(row->id),
    };
    const char *sql = job->is_new
                          ? "INSERT INTO provider (name, kind, base_url, api_key, key_last4,"
                            " options, tenant_id, provider_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                          : "UPDATE provider SET name = ?, kind = ?, base_url = ?, api_key = ?,"
                            " key_last4 = ?, options = ? WHERE tenant_id = ? AND provider_id = ?";
    return db_run(db, sql, values, COUNT_OF(values), NULL, NULL, NULL, err);
}

int operate_provider_put(struct platform p, struct tenant_id tenant, bool is_new,
                         const struct provider_row *row, struct error *err)
{
    struct provider_job job = { tenant, is_new, row };
    return db_transaction(p.db, provider_body, &job, err);
}
