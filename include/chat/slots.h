/* How many turns are live in this worker: in all, and per tenant, so that no tenant fills the house. */
#ifndef INSULA_CHAT_SLOTS_H
#define INSULA_CHAT_SLOTS_H

#include "auth/scope.h"

struct slots;

struct slots *slots_new(void);
void slots_free(struct slots **slots);
/* tenant_most 0: two fifths of `most`, at least one. ERROR_UNAVAILABLE "house_busy" or ERROR_LIMIT
 * "too_many_streams", both with Retry-After. */
int slots_take(struct slots *slots, const struct tenant_scope *scope, int most, int tenant_most,
               struct error *err);
void slots_give(struct slots *slots, const struct tenant_scope *scope);

#endif
