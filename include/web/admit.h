/* Exchanges that ask for a turn, from the gate to the relay. */
#ifndef INSULA_WEB_ADMIT_H
#define INSULA_WEB_ADMIT_H

#include "web/exchange.h"

/* Admits the turns of exchanges that are NEXT_ADMIT, at most ADMIT_MOST, of any tenants, together. Each is
 * then NEXT_RELAY; or NEXT_FOLLOW, where its idempotency key was used before, to follow the turn that the
 * first request began; or NEXT_ANSWER, with what is wrong. */
void exchanges_admit(struct exchange **list, size_t count, struct db *db);

#endif
