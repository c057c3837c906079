/* Writes who may vouch for head office, for insulactl. */
#include "operate_change.h"

struct operator_job {
    bool is_new;
    const struct operator_row *row;
};

static int check_no_tenant(struct db *db, const char *issuer, struct error *err)
{
    int64_t tenants = 0;
    if (count_rows(db, "SELECT 1 FROM identity_provider WHERE issuer = ? LIMIT 1 FOR UPDATE",
                   (struct value[]){ value_of_c(issuer) }, 1, &tenants, err))
        return -1;
    if (tenants > 0)
        return fail(err, ERROR_CONFLICT, "issuer_shared",
                    "A tenant has this issuer; head office needs one of its own.");
    return 0;
}

/* Belongs to no tenant, so no generation is raised: workers read this table at each use. */
static int operator_body(struct db *db, void *arg, struct error *err)
{
    const struct operator_job *job = arg;
    const struct operator_row *row = job->row;
    if (check_no_tenant(db, row->issuer, err))
        return -1;
    struct value values[] = {
        value_of_c(row->name),
        value_of_c(row->issuer),
        value_of_c(row->audience),
        value_of_text(row->secret),
        VALUE_OF_BYTES(((struct str){ (const char *)row->id.b, sizeof row->id.b })),
    };
    const char *sql = job->is_new ? "INSERT INTO operator (name, issuer, audience, secret,"
                                    " operator_id) VALUES (?, ?, ?, ?, ?)"
                                  : "UPDATE operator SET name = ?, issuer = ?, audience = ?,"
                                    " secret = ? WHERE operator_id = ?";
    if (db_run(db, sql, values, COUNT_OF(values), NULL, NULL, NULL, err)) {
        if (err->kind == ERROR_CONFLICT)
            fail(err, ERROR_CONFLICT, "operator_exists", "Another operator has this issuer.");
        return -1;
    }
    return 0;
}

int operate_operator_put(struct platform p, bool is_new, const struct operator_row *row,
                         struct error *err)
{
    struct operator_job job = { is_new, row };
    return db_transaction(p.db, operator_body, &job, err);
}

int operate_operator_find(struct platform p, const char *name, struct arena *arena,
                          struct operator_row *out, struct error *err)
{
    struct rows rows;
    if (db_run(p.db,
               "SELECT operator_id, name, issuer, audience, secret FROM operator WHERE name = ?",
               (struct value[]){ value_of_c(name) }, 1, arena, &rows, NULL, err))
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "operator_not_found", "There is no operator '%s'.", name);
    *out = (struct operator_row){
        .id = row_uuid(&rows, 0, 0),
        .name = row_c(&rows, 0, 1),
        .issuer = row_c(&rows, 0, 2),
        .audience = row_c(&rows, 0, 3),
        .secret = row_bytes(&rows, 0, 4),
    };
    return 0;
}
