/* Writes who may vouch for people, for insulactl. One token must never mean two tenants, so an
 * issuer that several have is refused here unless their tokens can be told apart. */
#include "operate_change.h"

struct idp_job {
    bool is_new;
    const struct idp_row *row;
};

static int refuse_shared(struct error *err, const char *why)
{
    return fail(err, ERROR_CONFLICT, "issuer_shared", "%s", why);
}

/* Row i: tenant_claim, tenant_value, has a secret. */
static int check_other(const struct idp_row *row, const struct rows *rows, size_t i,
                       struct error *err)
{
    struct str claim = row_bytes(rows, i, 0), value = row_bytes(rows, i, 1);
    if (row->secret.at || row_number(rows, i, 2))
        return refuse_shared(err, "Another tenant has this issuer, so both need key sets: with a "
                                  "secret each could sign for the other.");
    if (!*row->tenant_claim || !str_is(claim, row->tenant_claim))
        return refuse_shared(err, "Another tenant has this issuer, so both must name the same "
                                  "--tenant-claim.");
    if (str_is(value, row->tenant_value))
        return refuse_shared(err, "Another tenant has this issuer with the same --tenant-value.");
    return 0;
}

/* FOR UPDATE locks the issuer's gap too: two such changes at once queue up. */
static int check_issuer(struct db *db, const struct idp_row *row, struct arena *arena,
                        struct error *err)
{
    struct value values[] = { value_of_c(row->issuer), VALUE_OF_INTEGER(row->tenant.v) };
    struct rows rows;
    if (db_run(db, "SELECT 1 FROM operator WHERE issuer = ? FOR UPDATE", values, 1, arena, &rows,
               NULL, err))
        return -1;
    if (rows.count > 0)
        return refuse_shared(err, "Head office has this issuer; a tenant needs one of its own.");
    if (db_run(db,
               "SELECT tenant_claim, tenant_value, secret IS NOT NULL FROM identity_provider"
               " WHERE issuer = ? AND tenant_id <> ? FOR UPDATE",
               values, 2, arena, &rows, NULL, err))
        return -1;
    for (size_t i = 0; i < rows.count; i++) {
        if (check_other(row, &rows, i, err))
            return -1;
    }
    return 0;
}

static const char idp_insert[] =
    "INSERT INTO identity_provider (name, issuer, audience, algorithms, secret, key_set_url,"
    " key_set_file, tenant_claim, tenant_value, subject_claim, role_claim, admin_value, tenant_id,"
    " idp_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char idp_update[] =
    "UPDATE identity_provider SET name = ?, issuer = ?, audience = ?, algorithms = ?, secret = ?,"
    " key_set_url = ?, key_set_file = ?, tenant_claim = ?, tenant_value = ?, subject_claim = ?,"
    " role_claim = ?, admin_value = ? WHERE tenant_id = ? AND idp_id = ?";

static int idp_write(struct db *db, const struct idp_job *job, struct error *err)
{
    const struct idp_row *row = job->row;
    struct value values[] = {
        value_of_c(row->name),           value_of_c(row->issuer),
        value_of_c(row->audience),       value_of_c(row->algorithms),
        value_of_text(row->secret),      value_of_c(row->key_set_url),
        value_of_c(row->key_set_file),   value_of_c(row->tenant_claim),
        value_of_c(row->tenant_value),   value_of_c(row->subject_claim),
        value_of_c(row->role_claim),     value_of_c(row->admin_value),
        VALUE_OF_INTEGER(row->tenant.v), VALUE_OF_ID(row->id),
    };
    if (db_run(db, job->is_new ? idp_insert : idp_update, values, COUNT_OF(values), NULL, NULL,
               NULL, err)) {
        if (err->kind == ERROR_CONFLICT)
            fail(err, ERROR_CONFLICT, "idp_exists",
                 "Another identity provider has this issuer, audience and tenant value.");
        return -1;
    }
    return db_run(db, "DELETE FROM key_set WHERE idp_id = ?",
                  (struct value[]){ VALUE_OF_ID(row->id) }, 1, NULL, NULL, NULL, err);
}

static int idp_body(struct db *db, void *arg, struct error *err)
{
    const struct idp_job *job = arg;
    if (tenant_raise(db, job->row->tenant, err))
        return -1;
    struct arena *arena = arena_new(1 << 20);
    int failed = check_issuer(db, job->row, arena, err);
    arena_free(&arena);
    return failed ? -1 : idp_write(db, job, err);
}

int operate_idp_put(struct platform p, bool is_new, const struct idp_row *row, struct error *err)
{
    struct idp_job job = { is_new, row };
    return db_transaction(p.db, idp_body, &job, err);
}
