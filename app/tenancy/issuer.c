/* Loads who may vouch for whom, by issuer, for the directory. */
#include "issuer.h"

#include "base/clock.h"
#include "base/log.h"
#include "snapshot.h"

#define ISSUER_MAX_BYTES (8 << 20)

/* Which table is asked, and how. */
struct question {
    const struct lookup *lookup;
    const char *table;
    int (*read)(struct platform p, struct str issuer, struct arena *arena, struct idp_row **out,
                size_t *count, struct error *err);
};

/* ---- copies ---- */

static const char *keep(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, str_of(text)).at : NULL;
}

static void wipe_secret(void *thing)
{
    struct str *secret = thing;
    wipe((char *)(uintptr_t)secret->at, secret->len);
}

static struct str keep_secret(struct arena *arena, struct str secret)
{
    if (!secret.at)
        return secret;
    struct str *kept = arena_new_of(arena, struct str);
    *kept = arena_copy(arena, secret);
    arena_defer(arena, wipe_secret, kept);
    return *kept;
}

struct identity_provider identity_provider_copy(const struct identity_provider *provider,
                                                struct arena *arena)
{
    return (struct identity_provider){
        .id = provider->id,
        .tenant = provider->tenant,
        .issuer = keep(arena, provider->issuer),
        .audience = keep(arena, provider->audience),
        .algorithms = keep(arena, provider->algorithms),
        .key_set_url = keep(arena, provider->key_set_url),
        .key_set_file = keep(arena, provider->key_set_file),
        .tenant_claim = keep(arena, provider->tenant_claim),
        .tenant_value = keep(arena, provider->tenant_value),
        .subject_claim = keep(arena, provider->subject_claim),
        .role_claim = keep(arena, provider->role_claim),
        .admin_value = keep(arena, provider->admin_value),
        .secret = keep_secret(arena, provider->secret),
    };
}

/* ---- opening ---- */

/* 0: opened; 1: it does not open; -1: the database is away. */
static int open_secret(const struct lookup *lookup, const struct seal_place *place,
                       struct str sealed, struct arena *arena, struct str *out, struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    struct str wrapped;
    struct error ignored;
    if (lookup_data_key(lookup->platform, place->tenant, arena, &wrapped, err))
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
    if (house_keys_unwrap(lookup->keys, place->tenant, wrapped, key, &ignored))
        return 1;
    int status = unseal(arena, key, place, sealed, out, &ignored);
    wipe(key, sizeof key);
    return status ? 1 : 0;
}

static void alarm_closed(const char *table, const char *name, struct tenant_id tenant)
{
    log_event(LOG_ALARM, "secret.closed", "%s %s of tenant %u: its secret does not open", table,
              name, tenant.v);
}

static struct identity_provider provider_of(const struct idp_row *row)
{
    return (struct identity_provider){
        .id = row->id,
        .tenant = row->tenant,
        .issuer = row->issuer,
        .audience = row->audience,
        .algorithms = row->algorithms,
        .key_set_url = row->key_set_url,
        .key_set_file = row->key_set_file,
        .tenant_claim = row->tenant_claim,
        .tenant_value = row->tenant_value,
        .subject_claim = row->subject_claim,
        .role_claim = row->role_claim,
        .admin_value = row->admin_value,
    };
}

/* One that does not open is left out, not the issuer. */
static int add_provider(const struct question *question, const struct idp_row *row,
                        struct issuer *issuer, struct error *err)
{
    struct arena *arena = issuer->record.arena;
    struct seal_place place = { .tenant = row->tenant,
                                .table = question->table,
                                .column = "secret",
                                .row = { (const char *)row->id.v.b, 16 } };
    struct identity_provider provider = provider_of(row);
    int status = 0;
    provider = identity_provider_copy(&provider, arena);
    if (row->secret.at)
        status = open_secret(question->lookup, &place, row->secret, arena, &provider.secret, err);
    if (status < 0)
        return -1;
    if (status) {
        alarm_closed(question->table, row->name, row->tenant);
        issuer->record.incomplete = true;
    } else {
        issuer->providers[issuer->count++] = provider;
    }
    return 0;
}

/* ---- whether anything changed ---- */

static void add_digest(unsigned char chain[DIGEST_BYTES], const struct str *parts, size_t n)
{
    unsigned char row[DIGEST_BYTES];
    digest_parts(parts, n, row);
    struct str both[] = { { (const char *)chain, DIGEST_BYTES },
                          { (const char *)row, sizeof row } };
    digest_parts(both, 2, chain);
}

static void digest_rows(const struct idp_row *rows, size_t count, unsigned char out[DIGEST_BYTES])
{
    memset(out, 0, DIGEST_BYTES);
    for (const struct idp_row *row = rows; row < rows + count; row++) {
        struct str parts[] = {
            { (const char *)row->id.v.b, 16 },
            { (const char *)&row->tenant.v, sizeof row->tenant.v },
            str_of(row->issuer),
            str_of(row->audience),
            str_of(row->algorithms),
            str_of(row->key_set_url),
            str_of(row->key_set_file),
            str_of(row->tenant_claim),
            str_of(row->tenant_value),
            str_of(row->subject_claim),
            str_of(row->role_claim),
            str_of(row->admin_value),
            row->secret,
        };
        add_digest(out, parts, sizeof parts / sizeof *parts);
    }
}

/* An incomplete record may come good without a changed row: a key file that was late, say. */
static bool still_holds(const struct record *known, const unsigned char rows[DIGEST_BYTES])
{
    const struct issuer *issuer = (const struct issuer *)known;
    return known && same_bytes(issuer->rows, rows, DIGEST_BYTES) &&
           !(known->incomplete && clock_steady_ms() - known->made_ms >= CACHE_INCOMPLETE_MS);
}

/* ---- loading ---- */

static struct issuer *issuer_new(size_t count, const unsigned char rows[DIGEST_BYTES])
{
    struct arena *arena = arena_new(ISSUER_MAX_BYTES);
    struct issuer *issuer = arena_new_of(arena, struct issuer);
    atomic_init(&issuer->record.holders, 1);
    issuer->record.arena = arena;
    issuer->record.made_ms = clock_steady_ms();
    issuer->providers = arena_array_of(arena, struct identity_provider, count + 1);
    memcpy(issuer->rows, rows, DIGEST_BYTES);
    return issuer;
}

static int finish(struct issuer *issuer, int status, struct record **out)
{
    struct record *record = &issuer->record;
    if (status)
        record_release(&record);
    else
        *out = record;
    return status;
}

static int load_rows(const struct question *question, struct str key, struct arena *scratch,
                     struct record *known, struct record **out, struct error *err)
{
    struct idp_row *rows;
    size_t count;
    unsigned char digest[DIGEST_BYTES];
    int status = 0;
    if (question->read(question->lookup->platform, key, scratch, &rows, &count, err))
        return -1;
    if (!count)
        return fail(err, ERROR_NOT_FOUND, "not_found", "Nobody's issuer.");
    digest_rows(rows, count, digest);
    if (still_holds(known, digest)) {
        *out = record_hold(known);
        return 0;
    }
    struct issuer *issuer = issuer_new(count, digest);
    for (size_t i = 0; i < count && !status; i++)
        status = add_provider(question, &rows[i], issuer, err);
    return finish(issuer, status, out);
}

static int load(const struct question *question, struct str key, struct record *known,
                struct record **out, struct error *err)
{
    struct arena *scratch = arena_new(ISSUER_MAX_BYTES / 2);
    int status = load_rows(question, key, scratch, known, out, err);
    arena_free(&scratch);
    return status;
}

int issuer_load(void *lookup, struct str key, struct record *known, struct record **out,
                struct error *err)
{
    return load(&(struct question){ lookup, "identity_provider", lookup_idps_by_issuer }, key,
                known, out, err);
}

/* Head office's issuer is read like a tenant's, for tenant 0 and with one algorithm. */
static int read_operators(struct platform p, struct str issuer, struct arena *arena,
                          struct idp_row **out, size_t *count, struct error *err)
{
    struct operator_row row;
    if (lookup_operator_by_issuer(p, issuer, arena, &row, err)) {
        *count = 0;
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    }
    *out = arena_new_of(arena, struct idp_row);
    **out = (struct idp_row){ .id = { row.id },
                              .name = row.name,
                              .issuer = row.issuer,
                              .audience = row.audience,
                              .algorithms = "HS256",
                              .tenant_claim = "",
                              .tenant_value = "",
                              .subject_claim = "sub",
                              .role_claim = "",
                              .admin_value = "",
                              .secret = row.secret };
    *count = 1;
    return 0;
}

int operator_load(void *lookup, struct str key, struct record *known, struct record **out,
                  struct error *err)
{
    return load(&(struct question){ lookup, "operator", read_operators }, key, known, out, err);
}
