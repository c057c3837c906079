/* Who may vouch for people: identity providers and head office's own; read for tenancy/. */
#include "platform/lookup.h"

#include "read_row.h"

#define IDP_COLUMNS                                                                                \
    "SELECT idp_id, tenant_id, name, issuer, audience, algorithms, key_set_url, key_set_file,"     \
    " tenant_claim, tenant_value, subject_claim, role_claim, admin_value, secret"                  \
    " FROM identity_provider"

static struct idp_row idp_of(const struct rows *rows, size_t i)
{
    return (struct idp_row){
        .id.v = row_uuid(rows, i, 0),
        .tenant = row_tenant(rows, i, 1),
        .name = row_c(rows, i, 2),
        .issuer = row_c(rows, i, 3),
        .audience = row_c(rows, i, 4),
        .algorithms = row_c(rows, i, 5),
        .key_set_url = row_c(rows, i, 6),
        .key_set_file = row_c(rows, i, 7),
        .tenant_claim = row_c(rows, i, 8),
        .tenant_value = row_c(rows, i, 9),
        .subject_claim = row_c(rows, i, 10),
        .role_claim = row_c(rows, i, 11),
        .admin_value = row_c(rows, i, 12),
        .secret = row_bytes(rows, i, 13),
    };
}

static int find_idps(struct platform p, const char *sql, struct value key, struct arena *arena,
                     struct idp_row **out, size_t *count, struct error *err)
{
    struct rows rows;
    if (read_rows(p, sql, key, arena, &rows, err) != 0)
        return -1;
    struct idp_row *list = arena_array_of(arena, struct idp_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = idp_of(&rows, i);
    *out = list;
    *count = rows.count;
    return 0;
}

int lookup_idps_by_issuer(struct platform p, struct str issuer, struct arena *arena,
                          struct idp_row **out, size_t *count, struct error *err)
{
    return find_idps(p, IDP_COLUMNS " WHERE issuer = ? ORDER BY idp_id", VALUE_OF_BYTES(issuer),
                     arena, out, count, err);
}

int lookup_idps_of_tenant(struct platform p, struct tenant_id id, struct arena *arena,
                          struct idp_row **out, size_t *count, struct error *err)
{
    return find_idps(p, IDP_COLUMNS " WHERE tenant_id = ? ORDER BY name", VALUE_OF_INTEGER(id.v),
                     arena, out, count, err);
}

int lookup_operator_by_issuer(struct platform p, struct str issuer, struct arena *arena,
                              struct operator_row *out, struct error *err)
{
    struct rows rows;
    if (read_rows(p,
                  "SELECT operator_id, name, issuer, audience, secret FROM operator"
                  " WHERE issuer = ?",
                  VALUE_OF_BYTES(issuer), arena, &rows, err) != 0)
        return -1;
    if (rows.count == 0)
        return fail(err, ERROR_NOT_FOUND, "operator_not_found", "There is no such operator.");
    *out = (struct operator_row){
        .id = row_uuid(&rows, 0, 0),
        .name = row_c(&rows, 0, 1),
        .issuer = row_c(&rows, 0, 2),
        .audience = row_c(&rows, 0, 3),
        .secret = row_bytes(&rows, 0, 4),
    };
    return 0;
}
