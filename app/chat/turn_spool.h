/* What a turn writes into its spool; private to chat/. A full disk does not end live turns: they go on
 * without a spool. */
#ifndef INSULA_CHAT_TURN_SPOOL_H
#define INSULA_CHAT_TURN_SPOOL_H

#include "chat/turn.h"

void turn_spool(struct turn *turn, enum spool_kind kind, struct str payload);
/* What the provider said it used. */
void spool_usage(struct turn *turn);
/* Who is asked next, what that costs, and how the attempt before ended. */
void spool_attempt(struct turn *turn);

#endif
