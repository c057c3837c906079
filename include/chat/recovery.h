/* Settling what died with its worker or its machine. */
#ifndef INSULA_CHAT_RECOVERY_H
#define INSULA_CHAT_RECOVERY_H

#include "chat/settle.h"

/* One pass: spool files that nobody locks are settled as `interrupted` from what they hold (or as
 * what they say, when their turn had ended); open turns past their deadline are settled as `estimated`. Returns how many were settled, or -1. */
int recovery_run(const struct chat *chat, struct db *db, struct error *err);

#endif
