/* Remembers which kids are known to be missing, for key_sets.c. */
#include "missing_kids.h"

#include "crypto/digest.h"

void missing_kids_add(struct missing_kids *missing, struct str kid, int64_t until_ms)
{
    unsigned char hash[DIGEST_BYTES];
    digest_bytes(kid, hash);
    size_t at = missing->next++ % MISSING_KIDS;
    memcpy(missing->kids[at].hash, hash, sizeof missing->kids[at].hash);
    missing->kids[at].until_ms = until_ms;
}

bool missing_kids_has(const struct missing_kids *missing, struct str kid, int64_t now_ms)
{
    unsigned char hash[DIGEST_BYTES];
    digest_bytes(kid, hash);
    for (size_t i = 0; i < MISSING_KIDS; i++)
        if (missing->kids[i].until_ms > now_ms &&
            !memcmp(missing->kids[i].hash, hash, sizeof missing->kids[i].hash))
            return true;
    return false;
}
