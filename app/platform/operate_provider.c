/* Writes a tenant's providers and its allow-list of models, for insulactl. */
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

struct model_job {
    struct tenant_id tenant;
    const struct model_row *row;
    const char *name;
};

static int model_put_body(struct db *db, void *arg, struct error *err)
{
    const struct model_job *job = arg;
    const struct model_row *row = job->row;
    if (tenant_raise(db, job->tenant, err))
        return -1;
    struct value values[] = {
        VALUE_OF_INTEGER(job->tenant.v),
        value_of_c(row->name),
        VALUE_OF_ID(row->provider),
        value_of_c(row->upstream_name),
        value_of_c(row->label),
        VALUE_OF_INTEGER(row->context_tokens),
        VALUE_OF_INTEGER(row->output_tokens),
        VALUE_OF_INTEGER(row->price_in),
        VALUE_OF_INTEGER(row->price_cached),
        VALUE_OF_INTEGER(row->price_out),
        VALUE_OF_INTEGER(row->created_ms),
    };
    return db_run(db,
                  "INSERT INTO model (tenant_id, name, provider_id, upstream_name, label,"
                  " context_tokens, output_tokens, price_in, price_cached, price_out, created_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
                  " provider_id = VALUES(provider_id), upstream_name = VALUES(upstream_name),"
                  " label = VALUES(label), context_tokens = VALUES(context_tokens),"
                  " output_tokens = VALUES(output_tokens), price_in = VALUES(price_in),"
                  " price_cached = VALUES(price_cached), price_out = VALUES(price_out)",
                  values, COUNT_OF(values), NULL, NULL, NULL, err);
}

int operate_model_put(struct platform p, struct tenant_id tenant, const struct model_row *row,
                      struct error *err)
{
    struct model_job job = { .tenant = tenant, .row = row };
    return db_transaction(p.db, model_put_body, &job, err);
}

static int model_remove_body(struct db *db, void *arg, struct error *err)
{
    const struct model_job *job = arg;
    if (tenant_raise(db, job->tenant, err))
        return -1;
    struct value values[] = { VALUE_OF_INTEGER(job->tenant.v), value_of_c(job->name) };
    int64_t removed = 0;
    if (db_run(db, "DELETE FROM model WHERE tenant_id = ? AND name = ?", values, 2, NULL, NULL,
               &removed, err))
        return -1;
    if (removed == 0)
        return fail(err, ERROR_NOT_FOUND, "model_not_found",
                    "The tenant's allow-list has no model '%s'.", job->name);
    return db_run(db,
                  "UPDATE setting SET default_model = '' WHERE tenant_id = ? AND default_model = ?",
                  values, 2, NULL, NULL, NULL, err);
}

int operate_model_remove(struct platform p, struct tenant_id tenant, const char *name,
                         struct error *err)
{
    struct model_job job = { .tenant = tenant, .name = name };
    return db_transaction(p.db, model_remove_body, &job, err);
}
