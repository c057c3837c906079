/* Which tenants' budgets are nearly used up, as far as this thread has seen lately; private to
 * chat/. Only a guess whether to look first: what is held is decided by the budget's row. */
#ifndef INSULA_CHAT_TIGHT_H
#define INSULA_CHAT_TIGHT_H

#include "auth/scope.h"

bool budget_is_tight(struct tenant_id tenant);
void budget_set_tight(struct tenant_id tenant, bool is_tight); /* for some seconds */

#endif
