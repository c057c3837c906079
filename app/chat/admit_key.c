/* A retry attaches to the turn that the first try began, instead of paying twice. */
#include "admission.h"

#include "base/clock.h"
#include "crypto/digest.h"
#include "store/idempotency.h"

#define KEY_LIFE_MS (24 * 3600 * 1000LL)

static int claim_key(struct candidate *c, struct db *db, const struct idempotency *claim,
                     struct error *err)
{
    return idempotency_claim(c->asked->scope, db, c->asked->request->idempotency_key, claim,
                             &c->has_key, err);
}

/* An earlier try was told 503, and its turn turned out to be there: nobody has been asked for it.
 */
static bool is_unasked(const struct candidate *c, struct db *db, struct turn_id turn)
{
    struct turn_row row;
    struct error ignored;
    return turn_find(c->asked->scope, db, turn, c->asked->arena, &row, &ignored) == 0 &&
           row.settled && str_is(row.code, TURN_UNASKED);
}

static int claim_again(struct candidate *c, struct db *db, const struct idempotency *claim,
                       struct error *err)
{
    if (idempotency_drop(c->asked->scope, db, c->asked->request->idempotency_key, err) < 0 ||
        claim_key(c, db, claim, err) < 0)
        return -1;
    return c->has_key ? 0
                      : fail(err, ERROR_CONFLICT, "idempotency_conflict",
                             "Another request with this Idempotency-Key is being taken right now.");
}

static int attach(struct candidate *c, struct db *db, const struct idempotency *claim,
                  struct error *err)
{
    struct idempotency found;
    if (idempotency_find(c->asked->scope, db, c->asked->request->idempotency_key, c->asked->arena,
                         &found, err) < 0)
        return -1;
    if (found.expires_ms < clock_unix_ms() || is_unasked(c, db, found.turn))
        return claim_again(c, db, claim, err);
    if (!str_equal(found.body, claim->body))
        return fail_param(err, ERROR_UNPROCESSABLE, "idempotency_mismatch", "Idempotency-Key",
                          "This Idempotency-Key was used with another request.");
    c->attach = found.turn;
    c->state = ATTACHED;
    return 0;
}

int admit_key(struct admissions *all, struct candidate *c, struct db *db, struct error *err)
{
    (void)all;
    const struct turn_request *request = c->asked->request;
    if (!request->idempotency_key.at)
        return 0;
    unsigned char digest[DIGEST_BYTES];
    struct str parts[] = { str_of(request->route), request->body_raw };
    digest_parts(parts, 2, digest);
    struct idempotency claim = {
        .body = arena_copy(c->asked->arena, (struct str){ (const char *)digest, sizeof digest }),
        .turn = c->turn->id,
        .expires_ms = clock_unix_ms() + KEY_LIFE_MS,
    };
    if (claim_key(c, db, &claim, err) < 0)
        return -1;
    return c->has_key ? 0 : attach(c, db, &claim, err);
}
