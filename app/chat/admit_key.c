/* A retry attaches to the turn that the first try began, instead of paying twice. */
#include "admission.h"

#include "base/clock.h"
#include "crypto/digest.h"
#include "store/idempotency.h"

#define KEY_LIFE_MS (24 * 3600 * 1000LL)

static int claim_again(struct admission *a, struct db *db, const struct idempotency *claim,
                       struct error *err)
{
    bool claimed = false;
    if (idempotency_drop(a->scope, db, a->request->idempotency_key, err) < 0 ||
        idempotency_claim(a->scope, db, a->request->idempotency_key, claim, &claimed, err) < 0)
        return -1;
    return claimed ? 0
                   : fail(err, ERROR_CONFLICT, "idempotency_conflict",
                          "Another request with this Idempotency-Key is being taken right now.");
}

static int attach(struct admission *a, struct db *db, const struct idempotency *claim,
                  struct error *err)
{
    struct idempotency found;
    if (idempotency_find(a->scope, db, a->request->idempotency_key, a->arena, &found, err) < 0)
        return -1;
    if (found.expires_ms < clock_unix_ms())
        return claim_again(a, db, claim, err);
    if (!str_equal(found.body, claim->body))
        return fail_param(err, ERROR_UNPROCESSABLE, "idempotency_mismatch", "Idempotency-Key",
                          "This Idempotency-Key was used with another request.");
    a->attach = found.turn;
    a->attached = true;
    return 0;
}

int admit_key(struct admission *a, struct db *db, struct error *err)
{
    if (!a->request->idempotency_key.at)
        return 0;
    unsigned char digest[DIGEST_BYTES];
    struct str parts[] = { str_of(a->request->route), a->request->body_raw };
    digest_parts(parts, 2, digest);
    struct idempotency claim = {
        .body = arena_copy(a->arena, (struct str){ (const char *)digest, sizeof digest }),
        .turn = a->turn->id,
        .expires_ms = clock_unix_ms() + KEY_LIFE_MS,
    };
    bool claimed;
    if (idempotency_claim(a->scope, db, a->request->idempotency_key, &claim, &claimed, err) < 0)
        return -1;
    return claimed ? 0 : attach(a, db, &claim, err);
}
