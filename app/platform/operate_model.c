/* Writes a tenant's allow-list: models, the ways to them, their other names; for insulactl. */
#include "operate_change.h"

#define CHAIN_MOST 1000 /* so that a circle in broken rows ends */

struct model_job {
    struct tenant_id tenant;
    const struct model_row *row;
    const char *name;
};

static int change(struct db *db, const char *sql, const struct value *values, size_t count,
                  struct error *err)
{
    return db_run(db, sql, values, count, NULL, NULL, NULL, err);
}

/* ---- what must hold ---- */

/* A name means one model. is_alias: it must not be a model's own name either. */
static int check_name(struct db *db, const struct model_job *job, const char *name, bool is_alias,
                      struct error *err)
{
    struct value values[] = { VALUE_OF_INTEGER(job->tenant.v), value_of_c(name),
                              value_of_c(job->row->name) };
    int64_t models = 0, aliases;
    if (count_rows(db,
                   "SELECT COUNT(*) FROM model_alias WHERE tenant_id = ? AND alias = ?"
                   " AND model <> ?",
                   values, 3, &aliases, err) ||
        (is_alias && count_rows(db, "SELECT COUNT(*) FROM model WHERE tenant_id = ? AND name = ?",
                                values, 2, &models, err)))
        return -1;
    return models + aliases ? fail(err, ERROR_CONFLICT, "name_taken",
                                   "Another name of the allow-list is '%s' already.", name)
                            : 0;
}

static int check_names(struct db *db, const struct model_job *job, struct error *err)
{
    if (check_name(db, job, job->row->name, false, err))
        return -1;
    for (size_t i = 0; i < job->row->alias_count; i++)
        if (check_name(db, job, job->row->aliases[i], true, err))
            return -1;
    return 0;
}

/* The fallback of `name`, NULL for none. */
static int fallback_of(struct db *db, struct tenant_id tenant, const char *name,
                       struct arena *arena, const char **out, struct error *err)
{
    struct value values[] = { VALUE_OF_INTEGER(tenant.v), value_of_c(name) };
    struct rows rows;
    if (db_run(db, "SELECT fallback FROM model WHERE tenant_id = ? AND name = ?", values, 2, arena,
               &rows, NULL, err))
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "model_not_found",
                    "The tenant's allow-list has no model '%s'.", name);
    *out = row_c(&rows, 0, 0);
    return 0;
}

/* Whoever follows the fallbacks must not come back. */
static int check_chain(struct db *db, const struct model_job *job, struct error *err)
{
    struct arena *arena = arena_new(1 << 20);
    const char *at = job->row->fallback;
    int failed = 0;
    for (int i = 0; at && !failed && i < CHAIN_MOST; i++)
        failed = strcmp(at, job->row->name) == 0
                     ? fail(err, ERROR_CONFLICT, "fallback_circle",
                            "The fallbacks of '%s' come back to it.", job->row->name)
                     : fallback_of(db, job->tenant, at, arena, &at, err);
    arena_free(&arena);
    return failed;
}

/* ---- writing ---- */

static int put_model(struct db *db, const struct model_job *job, struct error *err)
{
    const struct model_row *row = job->row;
    struct value values[] = {
        VALUE_OF_INTEGER(job->tenant.v),
        value_of_c(row->name),
        value_of_c(row->label),
        value_of_c(row->fallback),
        VALUE_OF_INTEGER(row->context_tokens),
        VALUE_OF_INTEGER(row->output_tokens),
        VALUE_OF_INTEGER(row->price_in),
        VALUE_OF_INTEGER(row->price_cached),
        VALUE_OF_INTEGER(row->price_out),
        VALUE_OF_INTEGER(row->created_ms),
    };
    return change(db,
                  "INSERT INTO model (tenant_id, name, label, fallback, context_tokens,"
                  " output_tokens, price_in, price_cached, price_out, created_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
                  " label = VALUES(label), fallback = VALUES(fallback),"
                  " context_tokens = VALUES(context_tokens), output_tokens = VALUES(output_tokens),"
                  " price_in = VALUES(price_in), price_cached = VALUES(price_cached),"
                  " price_out = VALUES(price_out)",
                  values, COUNT_OF(values), err);
}

static int put_routes(struct db *db, const struct model_job *job, struct error *err)
{
    struct value model[] = { VALUE_OF_INTEGER(job->tenant.v), value_of_c(job->row->name) };
    if (change(db, "DELETE FROM model_route WHERE tenant_id = ? AND model = ?", model, 2, err))
        return -1;
    for (size_t i = 0; i < job->row->route_count; i++) {
        const struct route_row *route = &job->row->routes[i];
        struct value values[] = { model[0],
                                  model[1],
                                  VALUE_OF_INTEGER((int64_t)i),
                                  VALUE_OF_ID(route->provider),
                                  value_of_c(route->upstream_name),
                                  VALUE_OF_INTEGER(route->weight) };
        if (change(db,
                   "INSERT INTO model_route (tenant_id, model, place, provider_id, upstream_name,"
                   " weight) VALUES (?, ?, ?, ?, ?, ?)",
                   values, COUNT_OF(values), err))
            return -1;
    }
    return 0;
}

static int put_aliases(struct db *db, const struct model_job *job, struct error *err)
{
    struct value model[] = { VALUE_OF_INTEGER(job->tenant.v), value_of_c(job->row->name) };
    if (change(db, "DELETE FROM model_alias WHERE tenant_id = ? AND model = ?", model, 2, err))
        return -1;
    for (size_t i = 0; i < job->row->alias_count; i++) {
        struct value values[] = { model[0], model[1], value_of_c(job->row->aliases[i]) };
        if (change(db, "INSERT INTO model_alias (tenant_id, model, alias) VALUES (?, ?, ?)", values,
                   COUNT_OF(values), err))
            return -1;
    }
    return 0;
}

static int model_put_body(struct db *db, void *arg, struct error *err)
{
    const struct model_job *job = arg;
    if (tenant_raise(db, job->tenant, err) || check_chain(db, job, err) ||
        put_model(db, job, err) || check_names(db, job, err) || put_routes(db, job, err))
        return -1;
    return put_aliases(db, job, err);
}

int operate_model_put(struct platform p, struct tenant_id tenant, const struct model_row *row,
                      struct error *err)
{
    struct model_job job = { .tenant = tenant, .row = row };
    return db_transaction(p.db, model_put_body, &job, err);
}

/* ---- taking off ---- */

static int check_unused(struct db *db, const struct value model[2], const char *name,
                        struct error *err)
{
    int64_t uses;
    if (count_rows(db, "SELECT COUNT(*) FROM model WHERE tenant_id = ? AND fallback = ?", model, 2,
                   &uses, err))
        return -1;
    return uses ? fail(err, ERROR_CONFLICT, "model_in_use", "'%s' is another model's fallback.",
                       name)
                : 0;
}

static int model_remove_body(struct db *db, void *arg, struct error *err)
{
    const struct model_job *job = arg;
    struct value values[] = { VALUE_OF_INTEGER(job->tenant.v), value_of_c(job->name) };
    int64_t removed = 0;
    if (tenant_raise(db, job->tenant, err) || check_unused(db, values, job->name, err) ||
        db_run(db, "DELETE FROM model WHERE tenant_id = ? AND name = ?", values, 2, NULL, NULL,
               &removed, err))
        return -1;
    if (removed == 0)
        return fail(err, ERROR_NOT_FOUND, "model_not_found",
                    "The tenant's allow-list has no model '%s'.", job->name);
    return change(db,
                  "UPDATE setting SET default_model = '' WHERE tenant_id = ? AND default_model = ?",
                  values, 2, err);
}

int operate_model_remove(struct platform p, struct tenant_id tenant, const char *name,
                         struct error *err)
{
    struct model_job job = { .tenant = tenant, .name = name };
    return db_transaction(p.db, model_remove_body, &job, err);
}
