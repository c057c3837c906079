/* Loads a tenant's snapshot, or finds that the one there is still current, for the directory. */
#include "snapshot.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "tenancy/directory.h"
#include "tenant_fill.h"

#define SNAPSHOT_MAX_BYTES (16 << 20)
#define LOAD_TRIES         3

static struct snapshot *snapshot_of(const struct tenant *tenant)
{
    return (struct snapshot *)((uintptr_t)tenant - offsetof(struct snapshot, tenant));
}

const struct tenant *tenant_hold(const struct tenant *tenant)
{
    record_hold(&snapshot_of(tenant)->record);
    return tenant;
}

void tenant_release(const struct tenant **tenant)
{
    if (!*tenant)
        return;
    struct record *record = &snapshot_of(*tenant)->record;
    record_release(&record);
    *tenant = NULL;
}

/* ERROR_NOT_FOUND must mean the tenant alone, so a missing part of one is our defect. */
static int part(int status, struct error *err)
{
    if (status && err->kind == ERROR_NOT_FOUND)
        return fail(err, ERROR_INTERNAL, "tenant_broken", "A tenant's settings are missing.");
    return status;
}

static int read_rows(struct platform p, struct tenant_id id, struct arena *arena,
                     struct tenant_rows *rows, struct error *err)
{
    if (lookup_tenant(p, id, arena, &rows->tenant, err))
        return -1;
    return part(lookup_setting(p, id, arena, &rows->setting, err), err) ||
                   part(lookup_origins(p, id, arena, &rows->origins, &rows->origin_count, err),
                        err) ||
                   part(
                       lookup_providers(p, id, arena, &rows->providers, &rows->provider_count, err),
                       err) ||
                   part(lookup_models(p, id, arena, &rows->models, &rows->model_count, err), err)
               ? -1
               : 0;
}

/* Rows of one generation: a change committed between two of the questions asks for another round.
 */
static int read_whole(struct platform p, struct tenant_id id, struct arena *arena,
                      struct tenant_rows *rows, struct error *err)
{
    int64_t generation;
    for (int i = 0; i < LOAD_TRIES; i++) {
        if (read_rows(p, id, arena, rows, err) || lookup_generation(p, id, &generation, err))
            return -1;
        if (generation == rows->tenant.generation)
            return 0;
    }
    return fail(err, ERROR_UNAVAILABLE, "tenant_changing",
                "The tenant is being changed; try again.");
}

/* 0: *key holds it; 1: there is none that opens; -1: the database is away. */
static int read_data_key(const struct lookup *lookup, struct tenant_id id, struct arena *arena,
                         unsigned char key[DATA_KEY_BYTES], struct error *err)
{
    struct str wrapped;
    if (lookup_data_key(lookup->platform, id, arena, &wrapped, err))
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
    return house_keys_unwrap(lookup->keys, id, wrapped, key, err) ? 1 : 0;
}

static struct snapshot *make(const struct tenant_rows *rows)
{
    struct arena *arena = arena_new(SNAPSHOT_MAX_BYTES);
    struct snapshot *snapshot = arena_new_of(arena, struct snapshot);
    bool complete;
    tenant_fill(arena, rows, &snapshot->tenant, &complete);
    atomic_init(&snapshot->record.holders, 1);
    snapshot->record.arena = arena;
    snapshot->record.incomplete = !complete;
    snapshot->record.made_ms = clock_steady_ms();
    return snapshot;
}

static int load(const struct lookup *lookup, struct tenant_id id, struct arena *scratch,
                struct record **out, struct error *err)
{
    unsigned char key[DATA_KEY_BYTES];
    struct tenant_rows rows = { 0 };
    if (read_whole(lookup->platform, id, scratch, &rows, err))
        return -1;
    int status = read_data_key(lookup, id, scratch, key, err);
    if (status < 0)
        return -1;
    rows.data_key = status ? NULL : key;
    *out = &make(&rows)->record;
    wipe(key, sizeof key);
    return 0;
}

static bool must_retry(const struct record *record)
{
    return record->incomplete && clock_steady_ms() - record->made_ms >= CACHE_INCOMPLETE_MS;
}

int snapshot_load(void *arg, struct str key, struct record *known, struct record **out,
                  struct error *err)
{
    struct lookup *lookup = arg;
    struct tenant_id id;
    int64_t generation;
    memcpy(&id.v, key.at, sizeof id.v);
    if (known) {
        if (lookup_generation(lookup->platform, id, &generation, err))
            return -1;
        struct snapshot *snapshot = (struct snapshot *)known;
        if (snapshot->tenant.generation == generation && !must_retry(known)) {
            *out = record_hold(known);
            return 0;
        }
    }
    struct arena *scratch = arena_new(SNAPSHOT_MAX_BYTES);
    int status = load(lookup, id, scratch, out, err);
    arena_free(&scratch);
    return status;
}
