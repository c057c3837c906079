/* Makes and changes tenants, for insulactl. */
#include "base/clock.h"
#include "operate_change.h"
#include "crypto/digest.h"
#include "crypto/random.h"

struct change_job {
    struct tenant_id id;
    const struct tenant_change *change;
};

static int change_default_model(struct db *db, const struct change_job *job, struct error *err)
{
    const char *model = job->change->default_model;
    if (!model)
        return 0;
    struct value values[] = { value_of_c(model), VALUE_OF_INTEGER(job->id.v), value_of_c(model) };
    int64_t found = 0;
    if (count_rows(db, "SELECT COUNT(*) FROM model WHERE tenant_id = ? AND name = ?", &values[1], 2,
                   &found, err))
        return -1;
    if (*model && found == 0)
        return fail(err, ERROR_NOT_FOUND, "model_not_found",
                    "The tenant's allow-list has no model '%s'.", model);
    return db_run(db, "UPDATE setting SET default_model = ? WHERE tenant_id = ?", values, 2, NULL,
                  NULL, NULL, err);
}

/* Prices and budgets are numbers of the currency: it may change only while nothing was spent. */
static int change_currency(struct db *db, const struct change_job *job, struct error *err)
{
    const char *currency = job->change->currency;
    if (!currency)
        return 0;
    struct value values[] = { value_of_c(currency), VALUE_OF_INTEGER(job->id.v),
                              value_of_c(currency) };
    int64_t spent = 0;
    if (count_rows(db,
                   "SELECT COUNT(*) FROM budget b JOIN setting s USING (tenant_id)"
                   " WHERE b.tenant_id = ? AND s.currency <> ? AND b.used + b.held > 0",
                   &values[1], 2, &spent, err))
        return -1;
    if (spent > 0)
        return fail(err, ERROR_CONFLICT, "currency_in_use",
                    "The tenant has spent money already, so its currency stays.");
    return db_run(db, "UPDATE setting SET currency = ? WHERE tenant_id = ?", values, 2, NULL, NULL,
                  NULL, err);
}

static int change_budget(struct db *db, const struct change_job *job, struct error *err)
{
    const struct tenant_change *change = job->change;
    if (!change->has_budget)
        return 0;
    bool capped = change->monthly_budget >= 0;
    struct value id = VALUE_OF_INTEGER(job->id.v);
    struct value budget = { .type = capped ? VALUE_INTEGER : VALUE_NULL,
                            .integer = change->monthly_budget };
    if (db_run(db, "UPDATE setting SET monthly_budget = ? WHERE tenant_id = ?",
               (struct value[]){ budget, id }, 2, NULL, NULL, NULL, err))
        return -1;
    struct value cap = VALUE_OF_INTEGER(capped ? change->monthly_budget : BUDGET_NO_CAP);
    return db_run(db,
                  "INSERT INTO budget (tenant_id, period, cap) VALUES (?, ?, ?)"
                  " ON DUPLICATE KEY UPDATE cap = VALUES(cap)",
                  (struct value[]){ id, VALUE_OF_INTEGER(change->period), cap }, 3, NULL, NULL,
                  NULL, err);
}

static int change_looks(struct db *db, const struct change_job *job, struct error *err)
{
    const struct tenant_change *change = job->change;
    struct value id = VALUE_OF_INTEGER(job->id.v);
    struct value limit = { .type = change->has_stream_limit ? VALUE_INTEGER : VALUE_NULL,
                           .integer = change->stream_limit };
    struct value looks[] = { value_of_c(change->brand_color),
                             value_of_c(change->welcome),
                             value_of_c(change->locale),
                             value_of_c(change->disconnect),
                             limit,
                             id };
    if (db_run(db,
               "UPDATE setting SET brand_color = COALESCE(?, brand_color),"
               " welcome = COALESCE(?, welcome), locale = COALESCE(?, locale),"
               " disconnect = COALESCE(?, disconnect), stream_limit = COALESCE(?, stream_limit)"
               " WHERE tenant_id = ?",
               looks, COUNT_OF(looks), NULL, NULL, NULL, err))
        return -1;
    if (!change->logo_type)
        return 0;
    return db_run(
        db, "UPDATE setting SET logo_type = ?, logo = ? WHERE tenant_id = ?",
        (struct value[]){ value_of_c(change->logo_type), value_of_text(change->logo), id }, 3, NULL,
        NULL, NULL, err);
}

static int change_origins(struct db *db, const struct change_job *job, struct error *err)
{
    const struct tenant_change *change = job->change;
    struct value id = VALUE_OF_INTEGER(job->id.v);
    if (!change->origins)
        return 0;
    if (db_run(db, "DELETE FROM cors_origin WHERE tenant_id = ?", &id, 1, NULL, NULL, NULL, err))
        return -1;
    for (size_t i = 0; i < change->origin_count; i++)
        if (db_run(db, "INSERT IGNORE INTO cors_origin (tenant_id, origin) VALUES (?, ?)",
                   (struct value[]){ id, VALUE_OF_BYTES(change->origins[i]) }, 2, NULL, NULL, NULL,
                   err))
            return -1;
    return 0;
}

static int change_body(struct db *db, void *arg, struct error *err)
{
    const struct change_job *job = arg;
    if (tenant_raise(db, job->id, err))
        return -1;
    if (job->change->name &&
        db_run(db, "UPDATE tenant SET name = ? WHERE tenant_id = ?",
               (struct value[]){ value_of_c(job->change->name), VALUE_OF_INTEGER(job->id.v) }, 2,
               NULL, NULL, NULL, err))
        return -1;
    if (change_looks(db, job, err) || change_origins(db, job, err) ||
        change_default_model(db, job, err) || change_currency(db, job, err))
        return -1;
    return change_budget(db, job, err);
}

int operate_tenant_change(struct platform p, struct tenant_id id,
                          const struct tenant_change *change, struct error *err)
{
    struct change_job job = { id, change };
    return db_transaction(p.db, change_body, &job, err);
}

struct create_job {
    const struct key_ring *ring;
    const char *slug;
    const struct tenant_change *change;
    int64_t now_unix_ms;
    struct tenant_id id;
};

static int create_row(struct db *db, struct create_job *job, struct arena *arena, struct error *err)
{
    struct value values[] = { value_of_c(job->slug), value_of_c(job->change->name),
                              VALUE_OF_INTEGER(job->now_unix_ms) };
    if (db_run(db, "INSERT INTO tenant (slug, name, created_ms) VALUES (?, ?, ?)", values, 3, NULL,
               NULL, NULL, err)) {
        if (err->kind == ERROR_CONFLICT)
            fail(err, ERROR_CONFLICT, "tenant_exists", "There is a tenant '%s' already.",
                 job->slug);
        return -1;
    }
    struct rows rows;
    if (db_run(db, "SELECT tenant_id FROM tenant WHERE slug = ?", values, 1, arena, &rows, NULL,
               err))
        return -1;
    job->id.v = (uint32_t)row_number(&rows, 0, 0);
    return db_run(db, "INSERT INTO setting (tenant_id) VALUES (?)",
                  (struct value[]){ VALUE_OF_INTEGER(job->id.v) }, 1, NULL, NULL, NULL, err);
}

static int create_data_key(struct db *db, const struct create_job *job, struct arena *arena,
                           struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    random_bytes(key, sizeof key);
    struct str wrapped;
    int failed = data_key_wrap(arena, job->ring, job->id, key, &wrapped, err);
    wipe(key, sizeof key);
    if (failed)
        return -1;
    return db_run(db, "INSERT INTO data_key (tenant_id, wrapped) VALUES (?, ?)",
                  (struct value[]){ VALUE_OF_INTEGER(job->id.v), VALUE_OF_BYTES(wrapped) }, 2, NULL,
                  NULL, NULL, err);
}

static int create_body(struct db *db, void *arg, struct error *err)
{
    struct create_job *job = arg;
    struct arena *arena = arena_new(16384);
    int failed = create_row(db, job, arena, err) || create_data_key(db, job, arena, err);
    arena_free(&arena);
    if (failed)
        return -1;
    struct change_job change = { job->id, job->change };
    return change_body(db, &change, err);
}

int operate_tenant_create(struct platform p, const struct key_ring *ring, const char *slug,
                          const struct tenant_change *change, int64_t now_unix_ms,
                          struct tenant_id *id_out, struct error *err)
{
    struct create_job job = { ring, slug, change, now_unix_ms, { 0 } };
    if (db_transaction(p.db, create_body, &job, err))
        return -1;
    *id_out = job.id;
    return 0;
}
